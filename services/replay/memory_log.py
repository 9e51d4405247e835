"""The log in memory: the worker's own handlers, one record after the other, without a broker."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from models.engine import Engine
from schemas.base import RecordRef
from schemas.event import IncidentEvent
from schemas.observation import AssertObservation, RetractObservation, Tick
from schemas.topics import ALERTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from schemas.versions import decode
from services import records
from services.records import Delivery, Outgoing, milliseconds, moment
from services.replay.driver import Outcome
from services.risk.handled import changes_of
from services.risk.handlers import Assessing, Handler, Locating, Obeying
from services.risk.tables import store


class MemoryLog:
    """Partitions and numbers records as Kafka does, so that every reference is the same.

    Parameters
    ----------
    heard
        Is told of every record of every topic, as it is appended.
    at_once
        How many observations are assessed together: more are faster, and say the same later.
    """

    def __init__(
        self,
        engine: Engine,
        partitions: int,
        heard: Callable[[Delivery], None] = lambda _record: None,
        at_once: int = 1,
    ) -> None:
        self.alerts: list[bytes] = []
        self._heard = heard
        self._at_once = at_once
        self._waiting: list[Delivery] = []
        self._partitions = partitions
        self._ends: dict[tuple[str, int], int] = defaultdict(int)
        self._agents: dict[Topic, tuple[Handler, dict[bytes, bytes]]] = {
            INCIDENTS: (Locating(engine), {}),
            COMMANDS: (Obeying(engine), {}),
            OBSERVATIONS: (Assessing(engine), {}),
        }

    async def report(self, event: IncidentEvent) -> Outcome:
        """Append a report and handle it to the end."""
        return outcome(self._append(records.incident(event)))

    async def tell(self, due: Iterable[Tick]) -> None:
        """Append ticks and handle them."""
        for tick in due:
            self._append(records.observation(tick))

    async def settle(self) -> None:
        """Assess what is waiting."""
        self._assess()

    @property
    def segments(self) -> Mapping[bytes, bytes]:
        """What the agent that assesses keeps: the states of segments and their days."""
        return self._agents[OBSERVATIONS][1]

    def _append(self, record: Outgoing) -> tuple[Outgoing, ...]:
        """Append one record; return what its agent published."""
        if record.topic is ALERTS:
            self.alerts.append(record.value)
        delivery = self._deliver(record)
        self._heard(delivery)
        if record.topic is OBSERVATIONS:
            self._waiting.append(delivery)
            if len(self._waiting) >= self._at_once:
                self._assess()
            return ()
        return self._handle(record.topic, [delivery]) if record.topic in self._agents else ()

    def _assess(self) -> None:
        batch, self._waiting = self._waiting, []
        self._handle(OBSERVATIONS, batch)

    def _handle(self, topic: Topic, batch: Sequence[Delivery]) -> tuple[Outgoing, ...]:
        """Handle records of one topic; return what its agent published."""
        handler, table = self._agents[topic]
        found = handler.handle(batch, table)
        store(changes_of(found), table)
        published = tuple(out for handled in found for out in handled.outgoing)
        for further in published:
            self._append(further)
        return published

    def _deliver(self, record: Outgoing) -> Delivery:
        partition = records.partition_of(record.key or b"", self._partitions)
        offset = self._ends[record.topic.name, partition]
        self._ends[record.topic.name, partition] += 1
        ref = RecordRef(topic=record.topic.name, partition=partition, offset=offset)
        at = moment(milliseconds(record.at))
        return Delivery(ref, record.key, record.value, record.headers, at)


def outcome(published: Iterable[Outgoing]) -> Outcome:
    """Return what the locating agent published about one report."""
    observations, rejections = [], []
    for record in published:
        if record.topic is OBSERVATIONS:
            observed = decode(OBSERVATIONS, record.value)
            if isinstance(observed, AssertObservation | RetractObservation):
                observations.append(observed)
        elif record.topic is REJECTED:
            rejections.append(decode(REJECTED, record.value))
    return Outcome(tuple(observations), tuple(rejections))
