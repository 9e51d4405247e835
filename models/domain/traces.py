"""What is remembered of one incident on one segment."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from schemas.base import RecordRef
from schemas.observation import Effect

Severity = tuple[bool, int, int, datetime, str]
"""Whether it is the segment's own, the highest step, deaths, end and id: the worse, the higher."""


@dataclass(frozen=True)
class Trace:
    """One incident, the record that it came with, and the incident that it is counted with."""

    effect: Effect
    record: RecordRef
    corroborates: str | None = None
    nearby_km: float | None = None
    """How far it lies from this segment, where it is one of another segment; else None."""

    @property
    def own(self) -> bool:
        """Whether it lies on the segment itself."""
        return self.nearby_km is None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Enough to tell traces apart, and far cheaper than all that an effect says.
        effect, offset = self.effect, self.record.offset
        return hash((effect.incident_id, offset, self.corroborates, self.nearby_km))

    @cached_property
    def severity(self) -> Severity:
        """What orders it among others."""
        effect = self.effect
        top = max(effect.steps, default=0)
        return self.own, top, effect.deaths or 0, effect.end, effect.incident_id

    @cached_property
    def event(self) -> str:
        """The incident that it is counted as: itself, or the one that it corroborates."""
        return self.corroborates or self.effect.incident_id
