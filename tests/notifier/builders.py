"""Alerts, routes, and a desk that is moved on through time, from the few fields a test is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.domain.notifying.desk import Desk, Kept, Notice
from models.domain.notifying.routes import Message, Plan, Route, message
from models.domain.notifying.stages import hear, settle
from models.domain.notifying.why import Why
from schemas.alert import Alert, Certainty, Severity, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from tests.builders import NOON
from tests.ledger.builders import alert as a_transition

SEGMENT = "KGZ-TJK-050-07"


def seconds(count: float) -> datetime:
    """Return the moment so long after noon."""
    return NOON + timedelta(seconds=count)


def alert(sequence: int = 1, after: float = 0, **fields: Any) -> Alert:
    """Return a transition of alert A-1, ``after`` seconds: raised to warning on the segment."""
    first = sequence == 1
    content = {
        "segment_id": SEGMENT,
        "transition": Transition.RAISED if first else Transition.UPDATED,
        "level": Level.WARNING,
        "previous_level": Level.NORMAL if first else Level.WARNING,
        "severity": Severity.SEVERE,
        "certainty": Certainty.LIKELY,
        "model_level": Level.WARNING,
        "headline": "WARNING on the segment",
    }
    return a_transition(sequence, seconds(after), **content | fields)


def ended(sequence: int = 2, after: float = 0, **fields: Any) -> Alert:
    """Return the end of alert A-1."""
    resolved = {"transition": Transition.RESOLVED, "level": Level.NORMAL}
    return alert(sequence, after, **resolved | fields)


def route(**fields: Any) -> Route:
    """Return a route of everything to the duty officer."""
    return Route(**{"name": "duty", "receiver": "duty"} | fields)


def plan(*routes: Route, **marks: Sequence[Traffic]) -> Plan:
    """Return routes with what traffic their receivers are marked for."""
    return Plan(routes or (route(),), {name: frozenset(m) for name, m in marks.items()})


@dataclass
class Rehearsed:
    """Everything that was told and kept back, and when."""

    plan: Plan
    desk: Desk = field(default_factory=Desk)
    told: list[tuple[datetime, Notice]] = field(default_factory=list)
    kept: list[tuple[datetime, Kept]] = field(default_factory=list)
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    next_at: datetime | None = None

    def hear(self, *alerts: Alert) -> list[tuple[str, Why]]:
        """Hear alerts, each when it happened; return why the routes take the last one or not."""
        verdicts: list[tuple[str, Why]] = []
        for one in alerts:
            self.until(one.recorded_at)
            verdicts = self.say(message(one))
        return verdicts

    def say(self, told: Message) -> list[tuple[str, Why]]:
        """Hear one transition now."""
        verdicts = hear(self.desk, self.plan, told, self.at)
        self._settle(self.at)
        return verdicts

    def until(self, moment: datetime) -> "Rehearsed":
        """Let time pass, and everything happen that is due in it."""
        while self.next_at is not None and self.next_at <= moment:
            assert self.next_at >= self.at, "time stands still"
            self._settle(self.next_at)
        self.at = max(self.at, moment)
        return self

    def _settle(self, moment: datetime) -> None:
        self.at = max(self.at, moment)
        notices, kept, self.next_at = settle(self.desk, self.plan, self.at)
        self.told += [(self.at, notice) for notice in notices]
        self.kept += [(self.at, one) for one in kept]
        # What was due has been done: the next look lies ahead.
        assert self.next_at is None or self.next_at > self.at

    def times(self, receiver: str = "duty") -> list[float]:
        """Return how many seconds after noon a receiver was told."""
        told = [at for at, notice in self.told if notice.key.receiver == receiver]
        return [(at - NOON).total_seconds() for at in told]

    def shown(self, receiver: str = "duty") -> list[list[tuple[str, int]]]:
        """Return what each notification of a receiver shows."""
        return [list(n.shows) for _, n in self.told if n.key.receiver == receiver]

    def reasons(self) -> list[tuple[str, int, str]]:
        """Return what was kept back and why."""
        return [(*one.held.ref, one.held.why.value) for _, one in self.kept]


def rehearsed(*routes: Route, **marks: Sequence[Traffic]) -> Rehearsed:
    """Return a desk that has heard nothing yet."""
    return Rehearsed(plan(*routes, **marks))
