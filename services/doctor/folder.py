"""Whether the data folder can be written to, and how much room there is."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, ok, warning

_MB = 1_000_000
LOW_MB = 2_000
"""Below this much room it is told [MB]."""

FULL_MB = 200
"""Below this much a database may fail at any moment [MB]."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that is there or is to be made: why it cannot be written to, and its room [MB]."""

    path: Path
    there: bool
    refused: str | None
    free_mb: float


async def check(case: Case) -> Finding:
    """Look at the data folder."""
    return judge(await aside(lambda: look(case.settings.data_dir)))


def judge(place: Place) -> Finding:
    """Return whether a folder will do."""
    if place.refused is not None:
        return failed(
            f"{place.path}: cannot be written to: {place.refused}",
            "give it to the user that Forewarn runs as, or set FOREWARN_DATA_DIR",
        )
    room = f"{place.free_mb / 1_000:,.1f} GB free"
    if place.free_mb < LOW_MB:
        say = failed if place.free_mb < FULL_MB else warning
        return say(f"{place.path}: {room}", "make room, or set FOREWARN_DATA_DIR to another disk")
    made = "" if place.there else ", will be made"
    return ok(f"{place.path}: can be written to{made}, {room}")


def look(path: Path) -> Place:
    """Return how a folder stands: by a file without a name, which nobody sees, in it or above."""
    path = path.absolute()
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free / _MB
    try:
        with tempfile.TemporaryFile(dir=nearest):
            refused = None
    except OSError as error:
        refused = error.strerror or type(error).__name__
    return Place(path, nearest == path, refused, free)
