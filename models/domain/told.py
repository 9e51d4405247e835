"""Which alerts rest on which incidents, open ones and resolved ones: whom a correction concerns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from models.domain.posture import Decision
from schemas.alert import Reason, Transition
from schemas.assessment import Level


@dataclass(frozen=True, slots=True)
class Told:
    """One alert as it was last told, and every incident that it ever named.

    ``told_by`` is the offset of the observation that led to its last transition, and ``before`` the
    incidents that it had named until then: should that record be handled again after a crash, it
    finds the alert as it was, and leads to the same transition and not to a further one.
    """

    alert_id: str
    sequence: int
    told_by: int
    opened_at: datetime
    told_at: datetime
    resolved: bool
    incidents: tuple[str, ...]
    before: tuple[str, ...]

    def names(self, incident_ids: Iterable[str], offset: int) -> bool:
        """Tell whether it had named one of the incidents when the record at ``offset`` came."""
        named = self.before if self.told_by == offset else self.incidents
        return any(incident in named for incident in incident_ids)


@dataclass(frozen=True, slots=True)
class Book:
    """The alerts of one segment that can still be corrected, oldest first."""

    alerts: tuple[Told, ...] = ()

    def since(self, moment: datetime) -> "Book":
        """Return the book without the resolved alerts that were last told of before ``moment``."""
        return Book(tuple(t for t in self.alerts if not t.resolved or t.told_at >= moment))

    def rests_on(self, alert_id: str, incident_ids: Iterable[str], offset: int) -> bool:
        """Tell whether an alert had named one of the incidents when a record came."""
        return any(t.alert_id == alert_id and t.names(incident_ids, offset) for t in self.alerts)

    def concerned(
        self, incident_ids: Iterable[str], open_alert: str | None, offset: int
    ) -> Iterator[Told]:
        """Yield the resolved alerts that have named one of the incidents.

        The state says which alert is open: after a crash the book may be a record ahead of it.
        """
        for told in self.alerts:
            if told.resolved and told.alert_id != open_alert and told.names(incident_ids, offset):
                yield told

    def has(self, alert_id: str, offset: int) -> bool:
        """Tell whether an alert raised by the record at ``offset`` cannot have that id."""
        return any(
            t.alert_id == alert_id and (t.resolved or t.told_by != offset) for t in self.alerts
        )


def noted(
    book: Book,
    decision: Decision,
    incident_ids: Iterable[str],
    offset: int,
    now: datetime,
) -> Book:
    """Return the book after a transition that names ``incident_ids``."""
    known = next((t for t in book.alerts if t.alert_id == decision.alert_id), None)
    named = known.incidents if known is not None else ()
    if known is not None and known.told_by == offset:
        named = known.before
    told = Told(
        decision.alert_id,
        decision.sequence,
        offset,
        decision.opened_at,
        now,
        decision.transition.ends or (known is not None and known.resolved),
        tuple(sorted({*named, *incident_ids})),
        named,
    )
    others = (t for t in book.alerts if t.alert_id != told.alert_id)
    return Book(tuple(sorted([*others, told], key=lambda t: (t.opened_at, t.alert_id))))


def correction(
    told: Told, reason: Reason, offset: int, silenced_until: datetime | None = None
) -> Decision:
    """Return the transition that tells whoever got a resolved alert that it rested on an error.

    The record that led to the alert's last transition leads to that one again, and to no further.
    """
    sequence = told.sequence if told.told_by == offset else told.sequence + 1
    return Decision(
        Transition.CORRECTED,
        reason,
        told.alert_id,
        sequence,
        told.opened_at,
        Level.NORMAL,
        Level.NORMAL,
        silenced_until=silenced_until,
    )
