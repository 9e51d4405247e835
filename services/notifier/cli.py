"""The commands of the notifier: ``forewarn notifier ...``."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.assessment import Level
from schemas.incident import Traffic
from services.reach import Bootstrap, reaching
from services.running import run as runner
from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(help="Tell people and systems of alerts.", no_args_is_help=True)

console = Terminal()
errors = Terminal(stderr=True)


@app.command()
def run(
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Empty its database first, for a broker that forgets.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Follow the alerts and tell whom the routes name; Ctrl-C ends, the next run goes on.

    Example: FOREWARN_NOTIFIER__CONFIG=notifier.toml forewarn notifier run
    """
    from services.notifier import command

    # The log of a demonstration is gone when it ends: nobody is told of it.
    settings = reaching(bootstrap, demonstration=False)
    runner(command.run(settings, errors, afresh=afresh))


@app.command()
def check() -> None:
    """Check the configuration, and show who is told of what, route by route.

    Example: FOREWARN_NOTIFIER__CONFIG=notifier.toml forewarn notifier check
    """
    from services.notifier import command

    command.check(Settings(), console)


@app.command()
def routes(
    segment: Annotated[str, typer.Option(help="For example: KGZ-TJK-050-07, or KGZ-TJK.")],
    level: Annotated[Level, typer.Option(help="Of the alert.")] = Level.CRITICAL,
    traffic: Annotated[Traffic, typer.Option(help="Which kind of messages.")] = Traffic.ACTUAL,
) -> None:
    """Show who would be told of an alert, and why the others would not.

    Example: forewarn notifier routes --segment KGZ-TJK-050-07 --level critical
    """
    from services.notifier import command

    command.routes(Settings(), segment, level, traffic, console)


@app.command(name="dry-run")
def dry_run(
    file: Annotated[
        Path | None, typer.Argument(help="Alert events, one a line; unset: the topic.", exists=True)
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Show what would be told to whom, when and why, each alert at its own time; send nothing.

    Example: forewarn replay ged.ndjson --in-process --output alerts.ndjson;
    forewarn notifier dry-run alerts.ndjson
    """
    from services.notifier import command

    settings = Settings() if file is not None else reaching(bootstrap)
    runner(command.dry_run(settings, file, console))


@app.command()
def pending() -> None:
    """Show what is still to be sent, what was given up, and which channels are disabled.

    Example: forewarn notifier pending
    """
    from services.notifier import command

    command.pending(Settings(), console)


@app.command()
def redeliver(
    notification_id: Annotated[str, typer.Argument(help="As it stands in: pending.")],
) -> None:
    """Send a notification again, with the same id; a running notifier does it.

    Example: forewarn notifier redeliver ntf_0f3a5c
    """
    from services.notifier import command

    command.redeliver(Settings(), notification_id, console)


@app.command()
def enable(receiver: Annotated[str, typer.Argument(help="Its name in the file.")]) -> None:
    """Send to a receiver again that wanted nothing any more.

    Example: forewarn notifier enable duty
    """
    from services.notifier import command

    command.enable(Settings(), receiver, console)


@app.command()
def reread() -> None:
    """Let the next run read the alerts from their beginning; the notifier must be stopped.

    For a log that was loaded from a dump. What was told is known, and is not told again.

    Example: forewarn notifier reread
    """
    from services.notifier import command

    command.reread(Settings(), console)
