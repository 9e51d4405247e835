"""``forewarn model``: which models there are, which one serves, and which did before."""

import json
import sys
from enum import StrEnum
from typing import Annotated, Literal

import typer

from services.reach import Bootstrap, reaching
from services.running import run
from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(
    help="The models at hand: which one serves, which one is scored beside it.\n\n"
    "Example: forewarn model list",
    no_args_is_help=True,
)
console = Terminal()
errors = Terminal(stderr=True)

Version = Annotated[str, typer.Argument(help="A version, as `forewarn model list` shows it.")]


class Finding(StrEnum):
    """What a model's health can be found to be, and a run be ended with 1 for."""

    MOVED = "moved"
    SHIFTED = "shifted"
    MISCALIBRATED = "miscalibrated"


@app.command("list")
def model_list() -> None:
    """Show every model at hand, what it was made from, how good it is, and whether it is in use.

    Example: forewarn model list
    """
    from services import model_screen
    from services.composition import choice, registry

    settings = Settings()
    model_screen.show_list(registry(settings).entries(), choice(settings), console)


@app.command("show")
def model_show(
    version: Version,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest as it stands.")] = False,
) -> None:
    """Show what a model says of itself: data, figures, thresholds, libraries.

    Example: forewarn model show escalation-1
    """
    from services import model_screen
    from services.composition import registry

    entry = registry(Settings()).entry(version)
    if as_json:
        sys.stdout.write(entry.text)
    else:
        model_screen.show_entry(entry, console)


@app.command("promote")
def model_promote(
    version: Version,
    shadow: Annotated[
        str | None, typer.Option(help="Score this version beside it; default: as before.")
    ] = None,
    no_shadow: Annotated[
        bool, typer.Option("--no-shadow", help="Score none beside it any more.")
    ] = False,
) -> None:
    """Let a model serve from the next start of the workers on, having checked that it loads.

    Example: forewarn model promote escalation-2 --shadow escalation-1
    """
    from datetime import UTC, datetime

    from services import model_screen
    from services.composition import registry

    if shadow and no_shadow:
        raise typer.BadParameter("give either --shadow VERSION or --no-shadow")
    settings, now = Settings(), datetime.now(UTC)
    made = registry(settings).promote(version, now, shadow=shadow, drop_shadow=no_shadow)
    model_screen.show_choice(made, settings, console)


@app.command("undo")
def model_undo() -> None:
    """Take the last promotion back: what served before it serves again.

    Example: forewarn model undo
    """
    from datetime import UTC, datetime

    from services import model_screen
    from services.composition import registry

    settings = Settings()
    made = registry(settings).undo(datetime.now(UTC))
    model_screen.show_choice(made, settings, console)


@app.command("history")
def model_history() -> None:
    """Show every promotion, the first one first, with those that were undone.

    Example: forewarn model history
    """
    from services import model_screen
    from services.composition import registry

    model_screen.show_history(registry(Settings()).history(), console)


@app.command("health")
def model_health(
    days: Annotated[int, typer.Option(min=7, help="How far to look back [days].")] = 90,
    version: Annotated[
        str | None, typer.Option("--model", help="Default: the one that serves.")
    ] = None,
    source: Annotated[
        Literal["kafka", "ledger"],
        typer.Option("--from", help="Where the log is read: a ledger must have caught up."),
    ] = "kafka",
    fail_on: Annotated[
        list[Finding] | None,
        typer.Option(help="End with 1 when this is found; may be given more than once."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Hold what a model is given, and what it forecast, against its training and what happened.

    Actual traffic alone counts: one row a segment and week, as in training.

    Example: forewarn model health --days 90 --fail-on shifted
    """
    from services import model_health as work
    from services import model_screen

    settings = Settings() if source == "ledger" else reaching(bootstrap)
    found = run(work.health(settings, days, version, source, errors))
    if as_json:
        sys.stdout.write(json.dumps(work.plain(found), indent=2) + "\n")
    else:
        model_screen.show_health(found, console)
    raise typer.Exit(work.failed(found, fail_on or ()))
