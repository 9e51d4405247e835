"""Writes the tables of ``docs/ladder.md`` from the rules: ``python -m services.ladder_page``."""

from pathlib import Path

from models.domain.durations import in_words
from models.domain.ladder import LadderRules, field_of
from schemas.taxonomy import STEP_OF, Step
from services.marked_page import filled

PAGE = Path(__file__).parents[1] / "docs" / "ladder.md"

_HEAD = """\
| step | setting | seen as | level | holds |
|---|---|---|---|---|
"""


def page(text: str, rules: LadderRules) -> str:
    """Return the page ``text`` with ``rules`` where they belong.

    Raises
    ------
    NoPlace
        A mark is missing.
    """
    return filled(text, PAGE.name, "rules", f"{_table(rules)}\n{_climb(rules)}")


def _table(rules: LadderRules) -> str:
    return _HEAD + "".join(_row(step, rules) for step in Step)


def _row(step: Step, rules: LadderRules) -> str:
    rung = rules.rung(step)
    seen = ", ".join(sub.value for sub, shows in STEP_OF.items() if shows is step)
    cells = (f"{step} {step.words}", f"`{field_of(step).upper()}`", seen, rung.level)
    return f"| {' | '.join(cells)} | {in_words(rung.holds)} |\n"


def _climb(rules: LadderRules) -> str:
    worse = f"{rules.climb_levels} level{'' if rules.climb_levels == 1 else 's'} worse"
    return (
        f"A climb of {rules.climb_steps} steps or more within {in_words(rules.climb_within)} on "
        f"one segment counts {worse} than the step that it ends at, critical at most."
    )


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(), LadderRules()))
