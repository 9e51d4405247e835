"""The commands that erase: ``forewarn erase ...``, and ``forewarn audit``."""

from typing import Annotated

import typer

from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(help="Erase what nobody shall know any more.", no_args_is_help=True)
audit_app = typer.Typer()

console = Terminal()
errors = Terminal(stderr=True)


@app.callback()
def _group() -> None:
    """Keep ``sources`` a command of its own, though it is the only one."""


@app.command()
def sources(
    incident: Annotated[str, typer.Argument(help="An incident id.")],
) -> None:
    """Discard the key of who reported an incident: for all its revisions, for ever.

    Decisions, alerts and replays stay as they are. Backups of the gateway's database still hold
    the key: erase it there too.

    Example: forewarn erase sources MISSION-0421
    """
    from services.gateway import erasing

    erasing.erase(Settings(), incident, errors)


@audit_app.command()
def audit(
    after: Annotated[int, typer.Option(min=0, help="Rows above this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 100,
) -> None:
    """Show who changed what through the gateway, when, and what came of it.

    Example: forewarn audit --after 1200
    """
    from services.gateway import erasing

    erasing.show(Settings(), after, limit, console)
