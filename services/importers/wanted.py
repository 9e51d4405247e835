"""Which incidents an import is to bring, and what they are marked as."""

from dataclasses import dataclass
from datetime import datetime

from schemas.incident import IncidentReport, Traffic


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents to import, and as what.

    Parameters
    ----------
    since, until
        The first and the last day of their start (UTC midnight), both included.
    countries
        ISO alpha-3 codes; an incident whose country is unknown is wanted by all.
    traffic
        What the incidents are marked as.
    """

    since: datetime | None = None
    until: datetime | None = None
    countries: frozenset[str] = frozenset()
    traffic: Traffic = Traffic.ACTUAL

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.since or self.until or self.countries)

    def refuses(self, told: IncidentReport) -> str | None:
        """Return the option that leaves a report out, None for one that is wanted."""
        if self.since is not None and told.occurred.start < self.since:
            return "before --since"
        if self.until is not None and told.occurred.start.date() > self.until.date():
            return "after --until"
        there = set(told.place.countries)
        if self.countries and there and not there & self.countries:
            return "outside --countries"
        return None
