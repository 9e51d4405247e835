"""``forewarn import``: the command line of the importers."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.importers import options
from services.importers.options import (
    Countries,
    Destination,
    DryRun,
    Marked,
    Output,
    Rejects,
    Since,
    To,
    Until,
    Written,
    earlier,
    table,
)
from services.reach import Bootstrap, reaching
from services.running import run
from services.terminal import Terminal

if TYPE_CHECKING:
    from services.importers.tally import Import

app = typer.Typer(
    help="Bring in other people's event data, from files or standard input.\n\n"
    "Example: forewarn import ucdp ged.parquet --to ndjson --output ged.ndjson",
    no_args_is_help=True,
)
console = Terminal()


@app.command("ucdp")
def import_ucdp(
    file: Annotated[Path, table("UCDP GED, Parquet, CSV or NDJSON, full or reduced;")],
    to: To = "topic",
    output: Output = None,
    rejected: Rejects = None,
    dry_run: DryRun = False,
    format: Written = None,
    supersedes: Annotated[
        Path | None, earlier("The release before it: tell what changed since.")
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
    since: Since = None,
    until: Until = None,
    countries: Countries = None,
    traffic: Marked = "actual",
    bootstrap: Bootstrap = None,
) -> None:
    """Turn UCDP events into incidents; what cannot be turned is named, one by one.

    Examples: forewarn import ucdp ged.parquet --to ndjson --output ged.ndjson

    unzip -p ged221-csv.zip | forewarn import ucdp - --countries KGZ,TJK --dry-run

    forewarn import ucdp ged221.csv --supersedes ged211.csv --called 'UCDP GED 22.1'
    """
    from services.importers import command

    some = options.wanted(since, until, countries, traffic)
    job = command.release(file, supersedes, revision, released, called, format=format, wanted=some)
    _import(job, to, output, rejected, dry_run, bootstrap)


@app.command("acled")
def import_acled(
    file: Annotated[Path, table("ACLED's events, CSV, NDJSON or Parquet;")],
    to: To = "topic",
    output: Output = None,
    rejected: Rejects = None,
    dry_run: DryRun = False,
    format: Written = None,
    supersedes: Annotated[
        Path | None, earlier("What was imported before: tell corrections against it.")
    ] = None,
    deleted: Annotated[
        Path | None, earlier("ACLED's list of deleted events: take them back.")
    ] = None,
    since: Since = None,
    until: Until = None,
    countries: Countries = None,
    traffic: Marked = "actual",
    bootstrap: Bootstrap = None,
) -> None:
    """Turn ACLED events into incidents; a later upload of an event is a later revision.

    Examples: forewarn import acled events.csv --to ndjson --output acled.ndjson

    forewarn import acled june.csv --supersedes may.csv --deleted deleted.csv

    jq -c '.data[]' page.json | forewarn import acled - --format ndjson --dry-run
    """
    from services.importers.inputs import Input
    from services.importers.uploads import Uploads

    job = Uploads(
        Input(file, format),
        options.wanted(since, until, countries, traffic),
        None if supersedes is None else Input(supersedes),
        None if deleted is None else Input(deleted),
    )
    _import(job, to, output, rejected, dry_run, bootstrap)


@app.command("gdelt")
def import_gdelt(
    file: Annotated[Path, table("GDELT 2.0 events, .export.CSV or its zip, or NDJSON;")],
    to: To = "topic",
    output: Output = None,
    rejected: Rejects = None,
    dry_run: DryRun = False,
    format: Written = None,
    since: Since = None,
    until: Until = None,
    countries: Countries = None,
    traffic: Marked = "actual",
    bootstrap: Bootstrap = None,
) -> None:
    """Turn GDELT events that bear on a border into incidents, graded as coded by machine.

    Examples: forewarn import gdelt 20240501120000.export.CSV.zip --countries KGZ,TJK

    cat *.export.CSV | forewarn import gdelt - --to ndjson --output gdelt.ndjson
    """
    from services.importers.feed import Feed
    from services.importers.gdelt import Gdelt
    from services.importers.inputs import Input

    some = options.wanted(since, until, countries, traffic)
    _import(Feed(Input(file, format), Gdelt(), some), to, output, rejected, dry_run, bootstrap)


def _import(
    job: "Import",
    to: Destination,
    output: Path | None,
    rejected: Path | None,
    dry_run: bool,
    bootstrap: str | None,
) -> None:
    """Do what the options ask for.

    Raises
    ------
    BadParameter
        The incidents are to go to a file and none is named.
    """
    from services.importers import command

    if dry_run:
        command.dry_run(job, console, rejected)
    elif to == "ndjson":
        if output is None:
            raise typer.BadParameter(
                "missing; with --to ndjson name the file, e.g. --output ged.ndjson",
                param_hint="--output",
            )
        command.to_ndjson(job, output, console, rejected)
    else:
        run(command.to_topic(reaching(bootstrap), job, console, rejected))
