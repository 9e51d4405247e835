"""What the ledger answers with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.alert import Alert
from schemas.base import RecordRef
from schemas.incident import IncidentReport, IncidentRetraction, Traffic
from schemas.observation import Effect, Observed


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of an incident; ``refused`` names why the worker set it aside, if it did."""

    record: RecordRef
    recorded_at: datetime
    incident: IncidentReport | IncidentRetraction
    refused: str | None


@dataclass(frozen=True, slots=True)
class IncidentHistory:
    """An incident on a segment: ``counts`` is False once it was withdrawn or moved elsewhere.

    ``effect`` is what it counts as, or last counted as; ``revisions`` are in order of recording.
    """

    incident_id: str
    counts: bool
    effect: Effect
    revisions: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An observation and where it stands in the log."""

    record: RecordRef
    observation: Observed


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from raised to resolved; ``resolved_at`` is None while it stands."""

    alert_id: str
    segment_id: str
    border_id: str
    traffic: Traffic
    opened_at: datetime
    resolved_at: datetime | None
    transitions: tuple[Alert, ...]


def episode(transitions: Sequence[Alert]) -> Episode:
    """Return the episode that ``transitions`` of one alert, in their order, tell."""
    first = transitions[0]
    resolved = next((t.recorded_at for t in transitions if t.transition.ends), None)
    return Episode(
        alert_id=first.alert_id,
        segment_id=first.segment_id,
        border_id=first.border_id,
        traffic=first.traffic,
        opened_at=first.opened_at,
        resolved_at=resolved,
        transitions=tuple(transitions),
    )


def stood(told: Episode, at: datetime) -> bool:
    """Tell whether an alert was open at ``at``: opened by then and not yet resolved."""
    return told.opened_at <= at and (told.resolved_at is None or at < told.resolved_at)
