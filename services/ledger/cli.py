"""The commands of the ledger: ``forewarn ledger ...`` and ``forewarn history``."""

from typing import Annotated

import typer

from schemas.incident import Traffic
from services.moments import moment
from services.reach import Bootstrap, NoBrokerKnown, reaching
from services.running import run as runner
from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(help="The read model in SQL: what was known when.", no_args_is_help=True)
history_app = typer.Typer()

console = Terminal()
errors = Terminal(stderr=True)


@app.command()
def run(
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="End once all that is there is written.")
    ] = False,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Empty it first, for a broker that forgets.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Follow the log into the database, from where it stands; Ctrl-C ends.

    Example: FOREWARN_LEDGER__URL=postgresql://forewarn@localhost/forewarn forewarn ledger run
    """
    from services import logs
    from services.ledger import command

    logs.as_lines()
    work = command.run(_reaching(bootstrap), errors, until_caught_up=until_caught_up, afresh=afresh)
    runner(work)


@app.command()
def rebuild(bootstrap: Bootstrap = None) -> None:
    """Drop every row and read the log again from its beginning.

    Example: forewarn ledger rebuild --bootstrap localhost:9092
    """
    from services.ledger import command

    runner(command.rebuild(_reaching(bootstrap), errors))


@app.command()
def status(bootstrap: Bootstrap = None) -> None:
    """Show the rows of each table, and how many records each topic is ahead.

    Example: forewarn ledger status
    """
    from services.ledger import command

    try:
        settings = _reaching(bootstrap)
    except NoBrokerKnown:
        # What the ledger holds can be told without a broker.
        settings = Settings()
    runner(command.status(settings, console))


@history_app.command()
def history(
    segment: Annotated[str, typer.Argument(help="For example: KGZ-TJK-050-07, or KGZ-TJK.")],
    as_of: Annotated[
        str | None, typer.Option(help="Only what was recorded by then [ISO 8601, UTC].")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="What is believed of then [ISO 8601, UTC].")
    ] = None,
    traffic: Annotated[Traffic, typer.Option(help="Which kind of messages.")] = Traffic.ACTUAL,
    classified: Annotated[
        bool, typer.Option("--classified", help="Name the sources of reports too.")
    ] = False,
) -> None:
    """Show what was known of a segment when: incidents, assessment, alerts.

    Example: forewarn history KGZ-TJK-050-07 --as-of 2021-04-29T12:00 --at 2021-04-28
    """
    from services.ledger import history as screen

    asked = screen.Asked(
        segment,
        traffic,
        moment("--as-of", as_of),
        moment("--at", at),
    )
    screen.show(Settings(), asked, console, classified=classified)


@history_app.command()
def trace(
    incident: Annotated[str, typer.Argument(help="The id of an incident.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Follow an incident from its reports to what was delivered, with times and offsets.

    Example: forewarn trace KGTJ-024-AKSAI
    """
    from services.ledger import tracing

    tracing.show(Settings(), incident, console, as_json=as_json)


def _reaching(bootstrap: str | None) -> Settings:
    # The log of a demonstration is gone when it ends: no ledger is filled from it.
    return reaching(bootstrap, demonstration=False)
