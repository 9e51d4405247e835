"""The commands that hold what is kept against the log: ``forewarn verify`` and ``rebuild``."""

from typing import Annotated, Literal

import typer

from services.reach import Bootstrap, reaching
from services.running import run, steadied
from services.settings import Settings
from services.terminal import Terminal

console = Terminal()
errors = Terminal(stderr=True)


def verify(
    group: Annotated[
        str | None, typer.Option(help="Consumer group of the workers; default: the setting.")
    ] = None,
    source: Annotated[
        Literal["kafka", "ledger"],
        typer.Option("--from", help="Where the log is read: a ledger must have caught up."),
    ] = "kafka",
    bootstrap: Bootstrap = None,
) -> None:
    """Replay the whole log in process and compare it with what the workers keep and published.

    Ends with 1 when anything differs, naming the first record at which they part. Workers may run.

    Example: forewarn verify --bootstrap localhost:9092
    """
    from services.truth import command

    steadied()
    if source == "ledger":
        if bootstrap is not None or group is not None:
            msg = "reads no broker and no table; leave out --bootstrap and --group"
            raise typer.BadParameter(msg, param_hint="--from ledger")
        verdict = run(command.verify_ledger(Settings(), errors))
    else:
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

    The ledger, where there is one, is emptied and filled again too. Nothing is published again,
    and the workers go on where they were.

    Example: forewarn rebuild --bootstrap localhost:9092
    """
    from services.truth import command

    steadied()
    settings = reaching(bootstrap, group)
    for table, states in run(command.remake(settings, errors)).items():
        console.print(f"{table}: {states} states")
    if run(command.refill(settings, errors)):
        console.print("ledger: filled again")
