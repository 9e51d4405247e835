"""Arguments and options that several commands have, with their checks."""

from pathlib import Path
from typing import Any

import typer


def readable(help: str) -> Any:
    """Return an argument that names a file to read."""
    return typer.Argument(help=help, exists=True, dir_okay=False, readable=True)


def writable(help: str) -> Any:
    """Return an option that names a file to write, in a folder that must be there."""
    return typer.Option(help=help, dir_okay=False, callback=_in_a_folder)


def _in_a_folder(path: Path | None) -> Path | None:
    """Refuse at once what would fail only at the end of the work.

    Raises
    ------
    BadParameter
        The folder is missing.
    """
    if path is not None and not path.parent.is_dir():
        msg = f"{path}: there is no folder {path.parent}; make it first: mkdir -p {path.parent}"
        raise typer.BadParameter(msg)
    return path
