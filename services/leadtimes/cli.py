"""The command ``forewarn leadtimes``."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.running import run
from services.settings import Settings
from services.terminal import Terminal

console = Terminal()
errors = Terminal(stderr=True)


def leadtimes(
    data: Annotated[
        Path | None,
        typer.Option(
            help="NDJSON of incident events (default: the Kyrgyz-Tajik case).",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    within: Annotated[
        float, typer.Option(min=0, max=365, help="How many days before violence a level counts.")
    ] = 14,
    quiet: Annotated[
        int, typer.Option(min=0, max=365, help="How many days from violence a day is quiet.")
    ] = 14,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for leadtimes.json and leadtimes.html.", file_okay=False),
    ] = None,
) -> None:
    """Measure how early ladder and model warned of violence, and how often for nothing.

    Example: forewarn leadtimes --within 7 --report out
    """
    from models.domain.measured import Limits
    from services.leadtimes import command

    limits = Limits(timedelta(days=within), quiet)
    run(command.run(Settings(), data, limits, report, console, errors))
