"""Writes the table of ``docs/security.md``: ``python -m services.rights_page``."""

from collections.abc import Iterator
from pathlib import Path

from services.marked_page import filled
from services.rights import USERS, Right, rights

PAGE = Path(__file__).parents[1] / "docs" / "security.md"


def page(text: str) -> str:
    """Return the page ``text`` with the table of rights where it belongs.

    Raises
    ------
    NoPlace
        A mark is missing.
    """
    head = "| party | user | may | of |\n|---|---|---|---|\n"
    rows = (row for party, user in USERS.items() for row in _rows(party, user))
    return filled(text, PAGE.name, "rights", head + "\n".join(rows))


def _rows(party: str, user: str) -> Iterator[str]:
    together: dict[str, list[str]] = {}
    for right in rights(party):
        together.setdefault(", ".join(right.operations), []).append(_of(right))
    for may, of in together.items():
        yield f"| {party} | `{user}` | {may} | {', '.join(of)} |"


def _of(right: Right) -> str:
    kind = "" if right.kind == "topic" else f"{right.kind} "
    if right.pattern == "literal":
        return f"{kind}`{right.name}`"
    return f"every {right.kind} that begins with `{right.name}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
