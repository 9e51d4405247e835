"""Writes the tables of ``docs/alerts.md`` from the decision: ``python -m services.alerts_page``."""

from pathlib import Path

from models.domain.durations import in_words
from models.domain.posture import AlertRules
from models.domain.transitions import COMMANDS, LEVELS, SILENCES, Row
from models.escalation.scorer import EXIT
from schemas.alert import Reason
from services.marked_page import filled

PAGE = Path(__file__).parents[1] / "docs" / "alerts.md"

_PARTS = {"the level": LEVELS, "a command on the alert": COMMANDS, "silences": SILENCES}
_BY_NEWS = f"`{Reason.INCIDENT_REVISED}`, `{Reason.INCIDENT_RETRACTED}`"


def page(text: str, rules: AlertRules) -> str:
    """Return the page ``text`` with the transition table and ``rules`` where they belong.

    Raises
    ------
    NoPlace
        A mark is missing.
    """
    with_table = filled(text, PAGE.name, "transitions", _table())
    return filled(with_table, PAGE.name, "rules", _rules(rules))


def _table() -> str:
    head = "| by | transition | reason | when |\n|---|---|---|---|\n"
    rows = [_row(part, row) for part, rows in _PARTS.items() for row in rows]
    return head + "\n".join(rows)


def _row(part: str, row: Row) -> str:
    reason = f"`{row.reason}`" if row.reason else _BY_NEWS
    return f"| {part} | {row.transition} | {reason} | {row.words} |"


def _rules(rules: AlertRules) -> str:
    return "\n".join(
        [
            f"- A lower level is believed after {in_words(rules.dwell)}. Each fall of the last "
            f"{in_words(rules.damping)} doubles that, up to {in_words(rules.damping)}.",
            f"- The model's level holds down to {EXIT:.0%} of the probability at which it begins.",
            f"- An alert expires {in_words(rules.expiry)} after the last report on its segment.",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(), AlertRules()))
