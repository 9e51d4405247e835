"""What is remembered of one incident on one segment."""

from dataclasses import dataclass

from schemas.base import RecordRef
from schemas.observation import Effect


@dataclass(frozen=True, slots=True)
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
        # Enough to tell traces apart, and far cheaper than all that an effect says.
        return hash(
            (self.effect.incident_id, self.record.offset, self.corroborates, self.nearby_km)
        )

    @property
    def event(self) -> str:
        """The incident that it is counted as: itself, or the one that it corroborates."""
        return self.corroborates or self.effect.incident_id
