"""The commands that hold what is kept against the log: ``forewarn verify`` and ``rebuild``."""

from typing import Annotated

import typer
from rich.console import Console

from services.reach import Bootstrap, reaching
from services.running import run

console = Console()
errors = Console(stderr=True)


def verify(
    group: Annotated[
        str | None, typer.Option(help="Consumer group of the workers; default: the setting.")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Replay the whole log in process and compare it with what the workers keep and published.

    Ends with 1 when anything differs, naming the first record at which they part. Workers may run.

    Example: forewarn verify --bootstrap localhost:9092
    """
    from services.truth import command

    verdict = run(command.verify(reaching(bootstrap, group), errors))
    command.say(verdict, console)
    raise typer.Exit(verdict.first is not None)


def rebuild(
    group: Annotated[
        str | None, typer.Option(help="Consumer group of the workers; default: the setting.")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Drop the workers' tables and make them anew from the log; the workers must be stopped.

    Nothing is published again, and the workers go on where they were.

    Example: forewarn rebuild --bootstrap localhost:9092
    """
    from services.truth import command

    for table, states in run(command.remake(reaching(bootstrap, group), errors)).items():
        console.print(f"{table}: {states} states")
