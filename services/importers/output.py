"""Writes what an importer yields as NDJSON: the incidents, and beside them the rejected rows."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.event import IncidentEvent
from services.importers.rejected import Imported, RejectedRow


@dataclass(slots=True)
class ImportSummary:
    """How many rows were read and what became of them; any sink can keep one."""

    incidents: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """The number of rows that did not become incidents."""
        return self.by_reason.total()

    @property
    def read(self) -> int:
        """The number of rows in the file."""
        return self.incidents + self.rejected

    def add(self, item: Imported) -> None:
        """Count one row."""
        if isinstance(item, RejectedRow):
            self.by_reason[item.reason] += 1
        else:
            self.incidents += 1


def rejects_beside(output: Path) -> Path:
    """Return where the rejected rows of ``output`` go: X.rejected.ndjson beside X.ndjson."""
    return output.with_name(f"{output.stem}.rejected.ndjson")


def write_ndjson(
    items: Iterable[Imported],
    output: Path,
    on_item: Callable[[Imported], object] = lambda _item: None,
) -> ImportSummary:
    """Write both files, whole or not at all, and return the count; ``on_item`` shows progress.

    Raises
    ------
    ValueError
        ``output`` does not end in .ndjson.
    """
    if output.suffix != ".ndjson":
        msg = f"output: {output}; expected a name that ends in .ndjson"
        raise ValueError(msg)
    summary = ImportSummary()
    with _whole(output) as incidents, _whole(rejects_beside(output)) as rejects:
        for item in items:
            if isinstance(item, IncidentEvent):
                incidents.write(item.model_dump_json(exclude_defaults=True) + "\n")
            else:
                rejects.write(item.model_dump_json() + "\n")
            summary.add(item)
            on_item(item)
    return summary


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Open a file beside ``path`` that takes its name only when everything is written."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            yield file
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)
