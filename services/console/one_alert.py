"""All that the page of one alert shows, read from one state of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.alert import Alert
from schemas.assessment import CauseIncident
from schemas.command import SilenceCommand
from schemas.delivery import Delivery
from schemas.topics import ALERTS, DELIVERIES, INCIDENTS
from services.alerts.board import in_force
from services.gateway.parts import Parts
from services.ledger import episodes, obeyed, one_incident, operating
from services.ledger.answers import Episode
from services.ledger.obeyed import Obeyed
from services.ledger.one_incident import Whole
from services.ledger.paging import Known, Page, Window, positions

TOPICS = (*obeyed.TOPICS, ALERTS.name, DELIVERIES.name, INCIDENTS.name)
"""What the page is made of."""

MOST_INCIDENTS = 50
"""How many incidents are told in full, those that the last transitions name first."""


@dataclass(frozen=True, slots=True)
class OneAlert:
    """An alert with everything.

    Parameters
    ----------
    said
        What operators said of it, the first one first.
    silences
        Those of its segment or border that have not ended.
    tried
        The last attempts to deliver it, the last first.
    causes
        The incidents that it rests or rested on, those of the last transition first.
    incidents
        What is known of them, by their ids.
    """

    told: Episode
    said: tuple[Obeyed, ...]
    silences: tuple[SilenceCommand, ...]
    tried: Page[Delivery]
    causes: tuple[CauseIncident, ...]
    incidents: Mapping[str, Whole]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alert, as known when, and how much of it.

    Parameters
    ----------
    classified
        Whether who reported and who commanded is told.
    attempts
        How many attempts to deliver it are told at most.
    """

    alert_id: str
    as_of: datetime | None
    classified: bool
    attempts: int = 20


def one_alert(parts: Parts, asked: Asked) -> OneAlert | None:
    """Return an alert, or None where nothing was known of it."""
    ledger, classified = parts.ledger, asked.classified
    known = Known(positions(ledger, TOPICS), asked.as_of)
    told = episodes.named(ledger, asked.alert_id, known)
    if told is None:
        return None
    causes = named(told.transitions)[:MOST_INCIDENTS]
    reports = {
        cause.incident_id: unsealed(parts, found, classified=classified)
        for cause in causes
        if (found := one_incident.whole(ledger, cause.incident_id, known, classified=classified))
    }
    return OneAlert(
        told,
        obeyed.of_alert(ledger, asked.alert_id, known, classified=classified),
        silences(parts, told, known, asked),
        episodes.deliveries(ledger, told, known, Window(asked.attempts)),
        causes,
        reports,
    )


def named(transitions: tuple[Alert, ...]) -> tuple[CauseIncident, ...]:
    """Return the incidents that transitions name, each as it was named last, the last first."""
    found: dict[str, CauseIncident] = {}
    for told in reversed(transitions):
        for cause in told.incidents:
            found.setdefault(cause.incident_id, cause)
    return tuple(found.values())


def silences(parts: Parts, told: Episode, known: Known, asked: Asked) -> tuple[SilenceCommand, ...]:
    """Return the silences of an alert's place that have not ended, by when they end."""
    of_place = (told.segment_id, told.border_id)
    said = operating.silencing(parts.ledger, told.traffic, known, classified=asked.classified)
    lasting = in_force(said, asked.as_of or parts.clock())
    return tuple(silence for silence in lasting if silence.segment_id in of_place)


def unsealed(parts: Parts, found: Whole, *, classified: bool) -> Whole:
    """Return an incident with the names of its sources, where they may be told."""
    if not classified:
        return found
    opened = (
        replace(revision, incident=parts.sealing.unseal(revision.incident))
        for revision in found.revisions
    )
    return replace(found, revisions=tuple(opened))
