"""The commands that say what is one event: ``forewarn link`` and ``forewarn unlink``."""

from typing import Annotated, Literal

import typer

from services.reach import Bootstrap, reaching
from services.running import run
from services.terminal import Terminal

console = Terminal()
errors = Terminal(stderr=True)

Incident = Annotated[str, typer.Argument(help="An incident id.")]
Author = Annotated[str, typer.Option(help="Who says so; kept in the log.")]
Note = Annotated[str | None, typer.Option(help="Why; kept in the log.")]


def link(
    incident: Incident,
    other: Incident,
    author: Author,
    note: Note = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Say that two reports tell of one event: it then counts once, with the higher toll.

    Both must count on one segment and have ended on one UTC day. `unlink` takes it back.

    Example: forewarn link MISSION-0421 AGENCY-77 --author "duty officer" --note "same clash"
    """
    _say("link", (incident, other), author, note, bootstrap)


def unlink(
    incident: Incident,
    other: Incident,
    author: Author,
    note: Note = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Say that two reports tell of two events, whoever linked them: each then counts.

    Example: forewarn unlink MISSION-0421 AGENCY-77 --author "duty officer" --note "two villages"
    """
    _say("unlink", (incident, other), author, note, bootstrap)


def _say(
    kind: Literal["link", "unlink"],
    incidents: tuple[str, str],
    author: str,
    note: str | None,
    bootstrap: str | None,
) -> None:
    from services.commands import command

    said = command.Word(kind, incidents, author, note)
    sent = run(command.say(reaching(bootstrap), said, errors))
    console.print(
        f"{kind}ed: {incidents[0]} and {incidents[1]} on {sent.segment_id}, {sent.day}",
        highlight=False,
    )
