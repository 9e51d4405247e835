"""The options that every importer has."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from schemas.incident import Traffic
from services.importers.inputs import STANDARD_INPUT, Format
from services.importers.wanted import Wanted
from services.options import writable

Destination = Literal["topic", "ndjson"]


def table(help: str) -> Any:
    """Return an argument that names a table to read, or - for standard input."""
    return typer.Argument(help=f"{help} - for standard input.", callback=_readable)


def earlier(help: str) -> Any:
    """Return an option that names a further table to read."""
    return typer.Option(help=help, callback=_readable)


def _readable(path: Path | None) -> Path | None:
    """Refuse what is not there before anything is read.

    Raises
    ------
    BadParameter
        It is neither a file nor -, or may not be read. Typer's own check knows no - as a Path.
    """
    if path is None or path == STANDARD_INPUT:
        return path
    if not path.is_file():
        raise typer.BadParameter(f"file {str(path)!r} does not exist; expected a file, or -")
    if not os.access(path, os.R_OK):
        raise typer.BadParameter(f"file {str(path)!r} is not readable")
    return path


To = Annotated[Destination, typer.Option(help="Where the incidents go.")]
Output = Annotated[Path | None, writable("With --to ndjson: the file.")]
Rejects = Annotated[
    Path | None, writable("The file of rows that became no incident; else named after the input.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read, check and count; write no incident.")
]
Written = Annotated[
    Format | None, typer.Option("--format", help="Default: by extension, of a pipe by its start.")
]
Marked = Annotated[
    Literal["actual", "exercise", "test"], typer.Option(help="What the incidents are marked as.")
]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Leave out what began before this day."),
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Leave out what began after this day."),
]
Countries = Annotated[
    str | None,
    typer.Option(help="Leave out what lies in none of them, e.g. KGZ,TJK; unknown ones stay."),
]


def wanted(
    since: datetime | None, until: datetime | None, countries: str | None, traffic: str
) -> Wanted:
    """Return which incidents to import, and as what.

    Raises
    ------
    BadParameter
        A country is no ISO 3166-1 alpha-3 code.
    """
    import pycountry

    codes = {code.strip().upper() for code in (countries or "").split(",") if code.strip()}
    for code in sorted(codes):
        if code != "XKX" and pycountry.countries.get(alpha_3=code) is None:
            msg = f"found {code!r}; expected ISO 3166-1 alpha-3 codes, e.g. KGZ,TJK"
            raise typer.BadParameter(msg, param_hint="--countries")
    first, last = (day and day.replace(tzinfo=UTC) for day in (since, until))
    return Wanted(first, last, frozenset(codes), Traffic(traffic))
