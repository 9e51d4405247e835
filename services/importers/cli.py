"""``forewarn import``: the command line of the importers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from services.options import readable, writable
from services.reach import Bootstrap, reaching
from services.running import run

app = typer.Typer(
    help="Bring in other people's event data.\n\n"
    "Example: forewarn import ucdp ged.parquet --to ndjson --output ged.ndjson",
    no_args_is_help=True,
)
console = Console()


@app.command("ucdp")
def import_ucdp(
    file: Annotated[Path, readable("UCDP GED, Parquet or CSV, full or reduced.")],
    to: Annotated[
        Literal["topic", "ndjson"], typer.Option(help="Where the incidents go.")
    ] = "topic",
    output: Annotated[Path | None, writable("With --to ndjson: the file.")] = None,
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
            raise typer.BadParameter(
                "missing; with --to ndjson name the file, e.g. --output ged.ndjson",
                param_hint="--output",
            )
        command.to_ndjson(release, output, console)
    else:
        run(command.to_topic(reaching(bootstrap), release, console))
