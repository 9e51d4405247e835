"""The commands on alerts: ``forewarn alerts ...``."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from models.domain import durations
from schemas.alert import Transition
from schemas.assessment import Level
from schemas.command import AnyCommand
from schemas.incident import Traffic
from services.alerts import words
from services.ledger.answers import Episode
from services.moments import moment
from services.reach import Bootstrap, reaching
from services.running import run
from services.terminal import Terminal

app = typer.Typer(help="Alerts: list, explain, acknowledge, silence.", no_args_is_help=True)

console = Terminal()
errors = Terminal(stderr=True)

Named = Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id, or its segment.")]
Place = Annotated[str, typer.Argument(metavar="PLACE", help="A segment, or a border as a whole.")]
Author = Annotated[str, typer.Option(help="Who says so; kept in the log.")]
Note = Annotated[str | None, typer.Option(help="Why; kept in the log.")]
Kind = Annotated[Traffic, typer.Option("--traffic", help="Which kind of messages.")]


@app.command("list")
def list_(
    place: Annotated[str | None, typer.Argument(help="A segment, or a border.")] = None,
    least: Annotated[Level, typer.Option("--level", help="This level or worse.")] = Level.WATCH,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are over too.")] = False,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """List open alerts, the latest first.

    Example: forewarn alerts list KGZ-TJK --level warning
    """
    from services.alerts import board, command

    choice = board.Choice(place, least, traffic, closed)
    run(command.listed(reaching(bootstrap), choice, console, errors))


@app.command()
def show(alert: Named, traffic: Kind = Traffic.ACTUAL, bootstrap: Bootstrap = None) -> None:
    """Show an alert: why it stands, the incidents it rests on, and its history.

    Example: forewarn alerts show KGZ-TJK-050-02
    """
    from services.alerts import command

    run(command.shown(reaching(bootstrap), alert, traffic, console, errors))


@app.command()
def history(alert: Named, traffic: Kind = Traffic.ACTUAL, bootstrap: Bootstrap = None) -> None:
    """Show what was told of an alert, and who said what to it.

    Example: forewarn alerts history KGZ-TJK-050-02:20210428T130000.000000Z
    """
    from services.alerts import command

    run(command.history(reaching(bootstrap), alert, traffic, console, errors))


@app.command()
def ack(
    alert: Named,
    author: Author,
    note: Note = None,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """Say that you look after an alert; a rise of its level ends that.

    Example: forewarn alerts ack KGZ-TJK-050-02 --author "duty officer" --note "patrol sent"
    """
    _on_alert("acknowledge", alert, author, note, traffic, bootstrap)


@app.command()
def unack(
    alert: Named,
    author: Author,
    note: Note = None,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """Take an acknowledgement back.

    Example: forewarn alerts unack KGZ-TJK-050-02 --author "duty officer"
    """
    _on_alert("unacknowledge", alert, author, note, traffic, bootstrap)


@app.command()
def resolve(
    alert: Named,
    author: Author,
    note: Note = None,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """End an alert whatever its level; a worse level or a new report raises the next.

    Example: forewarn alerts resolve KGZ-TJK-050-02 --author "duty officer" --note "talks held"
    """
    _on_alert("resolve", alert, author, note, traffic, bootstrap)


@app.command()
def note(
    alert: Named,
    text: Annotated[str, typer.Argument(help="The remark; kept in the log.")],
    author: Author,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """Add a remark to an alert, open or over.

    Example: forewarn alerts note KGZ-TJK-050-02 "mayor confirms" --author "duty officer"
    """
    _on_alert("note", alert, author, text, traffic, bootstrap)


@app.command()
def silence(
    place: Place,
    author: Author,
    lasts: Annotated[str, typer.Option("--for", help="How long, e.g. 8h or '2 days'.")],
    starts: Annotated[
        str | None, typer.Option("--from", help="From when [ISO 8601, UTC]; default: now.")
    ] = None,
    level: Annotated[
        list[Level] | None, typer.Option(help="Of alerts of this level; may be repeated.")
    ] = None,
    only: Annotated[
        list[Transition] | None,
        typer.Option(help="Only such messages, e.g. updated; may be repeated."),
    ] = None,
    note: Note = None,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """Deliver nothing of a segment or border for a while; all is recorded, ends are delivered.

    Example: forewarn alerts silence KGZ-TJK-050-02 --for 8h --level watch --author "duty officer"
    """
    from services.alerts import command

    span = durations.read(lasts)
    if span is None or span <= timedelta(0):
        raise typer.BadParameter(f"{lasts!r} is no span; expected e.g. 90min, 8h or '2 days'")
    begins = moment("--from", starts) or datetime.now(UTC)
    said = words.silence(
        place, traffic, (begins, begins + span), author, note, level or (), only or ()
    )
    console.print(f"{said.silence_id}: until {said.ends:%Y-%m-%d %H:%M}Z", highlight=False)
    run(command.say(reaching(bootstrap), said, console))


@app.command()
def unsilence(
    place: Place,
    silence_id: Annotated[str, typer.Argument(metavar="SILENCE", help="As silences lists it.")],
    author: Author,
    note: Note = None,
    traffic: Kind = Traffic.ACTUAL,
    bootstrap: Bootstrap = None,
) -> None:
    """End a silence.

    Example: forewarn alerts unsilence KGZ-TJK-050-02 silence-3f9c2b7a41d0 --author "duty officer"
    """
    from services.alerts import command

    said = words.expire(place, traffic, silence_id, author, note)
    run(command.say(reaching(bootstrap), said, console))


@app.command()
def silences(bootstrap: Bootstrap = None) -> None:
    """List the silences that are in force or to come.

    Example: forewarn alerts silences
    """
    from services.alerts import command

    run(command.silences(reaching(bootstrap), console, errors))


def _on_alert(
    kind: words.OnAlert,
    alert: str,
    author: str,
    note: str | None,
    traffic: Traffic,
    bootstrap: str | None,
) -> None:
    from services.alerts import command

    def said(told: Episode) -> AnyCommand:
        return words.on_alert(kind, told, author, note)

    run(command.on_alert(reaching(bootstrap), alert, traffic, said, console, errors))
