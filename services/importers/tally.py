"""Counts what became of the rows of an import, and holds what is said of it at the end."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from schemas.event import IncidentEvent
from schemas.incident import IncidentReport
from services.importers.differences import Kind
from services.importers.inputs import Input
from services.importers.rows import LeftOut, Rejected

Item = IncidentEvent | Rejected | LeftOut
"""What a row becomes: an incident, one that is none with what is wrong with it, or nothing."""

Watch = Callable[[Input, Iterator[Any]], Iterator[Any]]
"""Passes on what is read of an input, and shows how far it is."""

LISTED = 10
"""How many rejected rows are listed at the end, one by one."""


@dataclass
class Coverage:
    """The days and the countries that a release speaks of."""

    first: datetime | None = None
    last: datetime | None = None
    countries: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, told: IncidentReport) -> None:
        """Count an event of the release in."""
        start, end = days(told)
        self.first = min(start, self.first or start)
        self.last = max(end, self.last or end)
        self.countries.add(told.place.countries)

    def holds(self, told: IncidentReport) -> bool:
        """Tell whether the release would hold this event if it still stood."""
        if self.first is None or self.last is None:
            return False
        start, end = days(told)
        return self.first <= start and end <= self.last and told.place.countries in self.countries


def days(told: IncidentReport) -> tuple[datetime, datetime]:
    """Return the first and the last moment of an event."""
    return told.occurred.start, told.occurred.end or told.occurred.start


@dataclass
class Tally:
    """What became of the rows of an import, and of the incidents of the one before it.

    ``rows`` is ``confirmed + corrected + new + rejected + left out``; for ACLED it also holds the
    rows of the list of deleted events, and the sum ``retracted``. ``earlier`` of a release of UCDP,
    less the rows rejected there, is ``confirmed + corrected + retracted + outside + kept +
    unsure``.
    """

    rows: int = 0
    new: int = 0
    confirmed: int = 0
    corrections: Counter[tuple[Kind, ...]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    listed: list[Rejected] = field(default_factory=list)
    earlier: int = 0
    earlier_rejected: int = 0
    retracted: int = 0
    outside: int = 0
    kept: int = 0
    unsure: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    nameless: list[int] = field(default_factory=list)

    @property
    def corrected(self) -> int:
        """Incidents whose content changed; each is of one combination of kinds."""
        return self.corrections.total()

    @property
    def rejected(self) -> int:
        """Rows that became no incident."""
        return self.reasons.total()

    def count(self, found: Item) -> Item:
        """Count a row, and return what it became."""
        self.rows += 1
        if isinstance(found, LeftOut):
            self.left_out[found.why] += 1
        elif isinstance(found, Rejected):
            self.reasons[found.faults[0][0]] += 1
            if len(self.listed) < LISTED:
                self.listed.append(found)
        return found


class Import(Protocol):
    """What to import, and how its rows become incidents."""

    @property
    def source(self) -> Input:
        """What is read."""

    @property
    def undated(self) -> bool:
        """Whether its changes do not tell since when they are known: no replay can place them."""

    def items(self, tally: Tally, watch: Watch) -> Iterator[Item]:
        """Yield what the rows become, counted."""
