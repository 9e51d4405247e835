"""Whether the exported and published schemas are those that this code reads and writes."""

from collections.abc import Mapping, Sequence

from schemas import export, freeze
from schemas.topics import TOPICS
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, together

_AGAIN = "install again; in a copy of the repository: make schemas"


async def check(_case: Case) -> Finding:
    """Hold the files that come with the build against what the code says."""
    return await aside(_found)


def _found() -> Finding:
    files = {
        path.name: path.read_text(encoding="utf-8")
        for path in (export.FOLDER.iterdir() if export.FOLDER.is_dir() else ())
    }
    editions = freeze.published()
    breaks = [
        line for topic in TOPICS for line in freeze.broken(topic, export.schema_of(topic), editions)
    ]
    return judge(export.exported(), files, breaks)


def judge(wanted: Mapping[str, str], there: Mapping[str, str], breaks: Sequence[str]) -> Finding:
    """Return whether the files are what they should be.

    Parameters
    ----------
    wanted, there
        The text of each exported file by its name: as the code says, and as it is on disk.
    breaks
        What the code breaks of what was ever published, a sentence each.
    """
    faults = []
    if missing := sorted(wanted.keys() - there.keys()):
        faults.append(failed(f"missing: {', '.join(missing)}", _AGAIN))
    if differ := sorted(n for n in wanted.keys() & there.keys() if wanted[n] != there[n]):
        faults.append(failed(f"not as this code has them: {', '.join(differ)}", _AGAIN))
    if breaks:
        faults.append(failed("; ".join(breaks), "see docs/versions.md"))
    return together(faults, f"{len(wanted)} exported files as this code has them")
