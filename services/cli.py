"""The command line: one function a command, each a thin call."""

import asyncio
import json
import logging
import sys
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.commands import cli as commands
from services.ledger.cli import app as ledger_app
from services.ledger.cli import history_app
from services.local.broker import BrokerKind
from services.reach import Bootstrap, reaching
from services.rejected.cli import app as rejected_app
from services.settings import Settings
from services.truth import cli as truth

# Heavy imports (pandas, scikit-learn, Faust) happen in the commands that need them, so that
# --help answers at once.

app = typer.Typer(
    help="Forewarn: conflict early warning for land borders.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
topics_app = typer.Typer(help="The topics of the log.", no_args_is_help=True)
segments_app = typer.Typer(help="The segments of the borders.", no_args_is_help=True)
import_app = typer.Typer(help="Bring in other people's event data.", no_args_is_help=True)
app.command()(commands.link)
app.command()(commands.unlink)
app.command()(truth.verify)
app.command()(truth.rebuild)
app.add_typer(topics_app, name="topics")
app.add_typer(segments_app, name="segments")
app.add_typer(import_app, name="import")
app.add_typer(rejected_app, name="rejected")
app.add_typer(ledger_app, name="ledger")
app.add_typer(history_app)

console = Console()
errors = Console(stderr=True)

Chosen = Annotated[
    BrokerKind | None,
    typer.Option("--broker", help="kafka or tansu; default: Kafka where Java and Maven are."),
]


@app.command()
def demo(
    exit_when_done: Annotated[bool, typer.Option("--exit", help="End after the replay.")] = False,
    pace: Annotated[float, typer.Option(help="Pause after each report [s].")] = 0.25,
    broker: Chosen = None,
) -> None:
    """Replay the Kyrgyz-Tajik case on a local broker and watch the alerts.

    Example: forewarn demo --exit --pace 0
    """
    from services.local import demo as local_demo

    options = local_demo.Options(exit_when_done, pace, broker)
    raise typer.Exit(_run(local_demo.run(Settings(), options, console)))


@app.command()
def up(broker: Chosen = None) -> None:
    """Start a broker and a risk worker here, for the whole world, and keep them running.

    Example: FOREWARN_BORDERS='["KGZ-TJK"]' forewarn up
    """
    from services.local.up import run

    _run(run(Settings(), broker, console))


@app.command()
def worker() -> None:
    """Run one risk worker against FOREWARN_KAFKA__BOOTSTRAP_SERVERS.

    Example: FOREWARN_KAFKA__BOOTSTRAP_SERVERS=localhost:9092 forewarn worker
    """
    from services.risk.worker import run

    run(reaching(None))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="NDJSON of incident events, in order of time.")],
    in_process: Annotated[
        bool, typer.Option("--in-process", help="No broker: the same decisions, here.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Where --in-process writes the alerts (default: screen).")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Replay a file of incidents with the time between them, and get its alerts.

    Example: forewarn replay kgz-tjk.ndjson --in-process --output alerts.ndjson

    Through Kafka, the worker must leave the time to the replay: FOREWARN_WORKER__CLOCK=log.
    """
    from services.replay import command

    if in_process:
        _run(command.in_process(Settings(), file, output, errors))
    else:
        _run(command.through_kafka(reaching(bootstrap), file, errors))


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="UCDP GED events, Parquet or CSV.")],
    output: Annotated[Path, typer.Option(help="Folder of the artefact; its name is the version.")],
) -> None:
    """Train the escalation model on the world's borders; Kyrgyz-Tajik is held out.

    Example: forewarn train --data ged.parquet --output models/artifacts/logistic-2
    """
    from models.domain.segments import Atlas
    from models.escalation.train import train as run
    from services.borders import load_segments

    atlas = Atlas(load_segments(None, Settings().segment_km))
    with _progress() as bar:
        task = bar.add_task("segments replayed", total=None)
        manifest = run(data, atlas, output, lambda done: bar.update(task, completed=done))
    console.print_json(manifest.model_dump_json(include={"version", "metrics", "thresholds"}))


@topics_app.command("list")
def topics_list() -> None:
    """Show the table of topics.

    Example: forewarn topics list
    """
    from schemas.topics import TOPICS

    table = Table("topic", "key", "value", "cleanup", "written by", "read by")
    for t in TOPICS:
        writers, readers = ", ".join(t.written_by), ", ".join(t.read_by)
        table.add_row(t.name, t.key, t.what, t.cleanup, writers, readers)
    console.print(table)


@topics_app.command("create")
def topics_create(bootstrap: Bootstrap = None) -> None:
    """Create the topics that are missing, with their retention and partitions.

    Example: forewarn topics create --bootstrap localhost:9092
    """
    from services import topics

    made = _run(topics.ensure(reaching(bootstrap).kafka))
    console.print(f"created: {', '.join(made.created) or 'none'}")
    console.print(f"present: {', '.join(made.present) or 'none'}")


@topics_app.command("tail")
def topics_tail(
    topic: Annotated[str, typer.Argument(help="For example: alerts.")],
    bootstrap: Bootstrap = None,
    from_now: Annotated[bool, typer.Option("--from-now", help="Leave out what is there.")] = False,
) -> None:
    """Print the values of a topic as they come and as they stand; Ctrl-C ends.

    Example: forewarn topics tail alerts | jq .data.headline
    """
    from schemas.topics import TOPICS
    from services.rejected.screen import printable
    from services.tail import tail

    chosen = [t for t in TOPICS if t.name == topic]
    if not chosen:
        _fail(f"topic {topic!r} is not in the table; expected {', '.join(t.name for t in TOPICS)}")

    async def follow() -> None:
        kafka = reaching(bootstrap).kafka
        async with tail(kafka, chosen, from_beginning=not from_now) as feed:
            async for line in feed.lines():
                # Anyone may have written it: an escape sequence must not steer a terminal.
                seen = printable(line, keep="\n\t") if sys.stdout.isatty() else line
                print(seen, flush=True)

    _run(follow())


@segments_app.command("list")
def segments_list() -> None:
    """Show the segments that the settings watch.

    Example: FOREWARN_BORDERS='["KGZ-TJK"]' forewarn segments list
    """
    from services.borders import load_segments

    settings = Settings()
    table = Table("segment", "border", "drawn km", "neighbours")
    for s in load_segments(settings.borders, settings.segment_km):
        table.add_row(s.segment_id, s.border_id, f"{s.drawn_km:.1f}", ", ".join(s.neighbours))
    console.print(table)


@segments_app.command("build")
def segments_build(
    countries: Annotated[
        str | None, typer.Option(help="ISO codes, e.g. KGZ,TJK: all borders between them.")
    ] = None,
    world: Annotated[bool, typer.Option("--world", help="Every land border.")] = False,
    length_km: Annotated[int, typer.Option(min=5, max=500, help="Length to cut to [km].")] = 50,
    output: Annotated[Path | None, typer.Option(help="Default: standard output.")] = None,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="First make the borders anew from Natural Earth.")
    ] = False,
    source: Annotated[
        Path | None, typer.Option(help="For --redraw: countries-10m.json; default: from npm.")
    ] = None,
) -> None:
    """Cut borders into segments and write them as GeoJSON.

    Example: forewarn segments build --countries KGZ,TJK --length-km 50 --output kgz-tjk.geojson
    """
    from services import borders

    if redraw:
        console.print(f"wrote {borders.redraw(source)}")
    if world == bool(countries):
        _fail("give either --countries, e.g. --countries KGZ,TJK, or --world")
    chosen = borders.between(countries.split(",")) if countries else None
    segments = borders.load_segments(chosen, length_km)
    text = json.dumps(borders.as_geojson(segments)) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text)
    total = sum(s.drawn_km for s in segments)
    console.print(f"{len(segments)} segments, {total:,.0f} km as drawn, in {output}")


@import_app.command("ucdp")
def import_ucdp(
    file: Annotated[Path, typer.Argument(help="UCDP GED, Parquet or CSV, full or reduced.")],
    to: Annotated[
        Literal["topic", "ndjson"], typer.Option(help="Where the incidents go.")
    ] = "topic",
    output: Annotated[Path | None, typer.Option(help="With --to ndjson: the file.")] = None,
    supersedes: Annotated[
        Path | None, typer.Option(help="The release before it: tell what changed since.")
    ] = None,
    revision: Annotated[
        int | None, typer.Option(min=2, help="With --supersedes: one more each release; else 2.")
    ] = None,
    released: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day it became known; else by event."),
    ] = None,
    called: Annotated[
        str | None, typer.Option(help="Its name in reasons, e.g. 'UCDP GED 22.1'; else the file's.")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Turn UCDP events into incidents; what cannot be turned is named, one by one.

    Examples: forewarn import ucdp ged.parquet --to ndjson --output ged.ndjson

    forewarn import ucdp ged221.csv --supersedes ged211.csv --called 'UCDP GED 22.1'
    """
    from services.importers import command

    release = command.release(file, supersedes, revision, released, called)
    if to == "ndjson":
        if output is None:
            _fail("--output: missing; with --to ndjson name the file, e.g. --output ged.ndjson")
        command.to_ndjson(release, output, console)
    else:
        _run(command.to_topic(reaching(bootstrap), release, console))


def main() -> None:
    """Run the command line; expected faults end in one line, not in a traceback."""
    from models.escalation.artifact import UnusableModel

    # What goes wrong with a broker is raised or tried again; its log lines would only repeat it.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except (ValueError, OSError, UnusableModel) as error:
        _fail(str(error))


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run ``work`` to its end; Ctrl-C lets it clean up first."""
    return asyncio.run(work)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=errors)


def _fail(message: str) -> NoReturn:
    errors.print("error:", style="bold red", end=" ")
    # As it stands: a value from a file may look like markup or an emoji's name.
    errors.print(message, markup=False, emoji=False, highlight=False, soft_wrap=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
