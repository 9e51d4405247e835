"""What every dataset brings: its columns, and what a row of it says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.importers.cells import Values
from services.importers.rows import LeftOut
from services.importers.table import Columns


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says: the fields of an IncidentReport, and since when.

    Parameters
    ----------
    report
        Fields as ``IncidentReport`` has them; they are validated by whoever asked.
    at
        When the publisher said so (UTC).
    event
        The same for all rows that tell one event again: later ones corroborate the first. None
        where the publisher knows its own repeats apart.
    """

    report: dict[str, Any]
    at: datetime
    event: str | None = None


class Dataset(Protocol):
    """A mapping from the rows of one dataset to incident reports."""

    @property
    def called(self) -> str:
        """The dataset's name, e.g. 'UCDP GED'."""

    @property
    def source(self) -> str:
        """The CloudEvents ``source``: who publishes."""

    @property
    def columns(self) -> Columns:
        """What its tables look like."""

    @property
    def repeats(self) -> bool:
        """Whether rows come again, as where files overlap; else a second one is at fault."""

    def told(self, values: Values) -> Told | LeftOut:
        """Return what a row says, or that it is no incident by choice.

        Raises
        ------
        Refused
            A cell cannot be read.
        """
