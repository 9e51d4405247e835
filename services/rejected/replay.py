"""Puts rejected records back on ``incidents``, each source record at most once."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from models.domain.intake import UNREADABLE
from schemas.rejection import RejectReason
from schemas.topics import COMMANDS, INCIDENTS, REJECTED
from services import clients, topics
from services.records import milliseconds
from services.rejected.lineage import Source, extended, partition_of, shown
from services.rejected.log import Advance, Entry, rejections
from services.settings import Kafka

IN_FLIGHT = 100
"""How many records may wait for the broker's acknowledgement; each may have 16 MiB."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rejections are meant."""

    places: frozenset[tuple[int, int]] = frozenset()
    reasons: frozenset[RejectReason] = frozenset()
    since: datetime | None = None
    until: int | datetime | None = None
    set_aside: bool = False

    def takes(self, entry: Entry) -> bool:
        """Say whether ``entry`` is meant; what is set aside only when it is named."""
        reason = entry.rejection.reason
        if self.reasons and reason not in self.reasons:
            return False
        if self.places and entry.place not in self.places:
            return False
        named = self.set_aside or self.reasons or self.places
        return bool(named or not reason.set_aside) and self._in_bounds(entry)

    def _in_bounds(self, entry: Entry) -> bool:
        if self.since is not None and entry.at < self.since:
            return False
        if isinstance(self.until, int):
            return entry.offset <= self.until
        return self.until is None or entry.at <= self.until


class Verdict(StrEnum):
    """What a replay does with a rejection."""

    REPLAY = "to be replayed"
    DONE = "replayed before"
    TWICE = "the same source record as one above"
    CUT = "kept in part: the whole stands only in the source topic"
    COMMAND = "an operator's command: give it again, with: forewarn alerts, link or unlink"
    DERIVED = "derived, not a report: the next revision of its report derives it anew"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with each of the rejections that are meant, in the order of the log."""

    verdicts: tuple[tuple[Entry, Verdict], ...]

    @property
    def places(self) -> frozenset[tuple[int, int]]:
        """The rejections to replay."""
        return frozenset(e.place for e, verdict in self.verdicts if verdict is Verdict.REPLAY)

    @property
    def counts(self) -> Counter[Verdict]:
        """How many have each verdict."""
        return Counter(verdict for _, verdict in self.verdicts)


@dataclass
class Sent:
    """What came of a replay; ``refused`` names what the broker did not take, and why."""

    written: int = 0
    refused: list[str] = field(default_factory=list)


def plan(meant: Iterable[Entry], done: Mapping[Source, Source]) -> Plan:
    """Decide on each of ``meant``, given which source records have been replayed.

    The identity is the source record: a worker that restarts may reject one record twice, and
    both rejections are then one. A replay that is rejected again is a new source record.
    """
    seen: set[Source] = set()
    verdicts = []
    for entry in sorted(meant, key=lambda e: e.place):
        verdicts.append((entry, _verdict(entry, done, seen)))
        seen.add(entry.source)
    return Plan(tuple(verdicts))


def _verdict(entry: Entry, done: Mapping[Source, Source], seen: set[Source]) -> Verdict:
    if entry.rejection.record.topic == COMMANDS.name:
        return Verdict.COMMAND
    if entry.rejection.record.topic != INCIDENTS.name:
        return Verdict.DERIVED
    if entry.rejection.cut is not None or UNREADABLE in dict(entry.rejection.headers):
        return Verdict.CUT
    if entry.source in done:
        return Verdict.DONE
    return Verdict.TWICE if entry.source in seen else Verdict.REPLAY


async def send(kafka: Kafka, chosen: Plan, advance: Advance | None = None) -> Sent:
    """Write the records to replay; return when the broker has them all.

    Their record time is now, when the log takes them in. They are read again here, one by one,
    since their bytes may be more than fits in memory.
    """
    sent, places = Sent(), chosen.places
    waiting: deque[tuple[Entry, Any]] = deque()
    # With room for the header, which may take a record over the topic's own limit.
    room = REJECTED.max_message_bytes
    async with clients.producer(kafka, max_request_size=room) as producer:
        async for entry in rejections(kafka, _starts(places)):
            if isinstance(entry, Entry) and entry.place in places:
                waiting.append((entry, await _send(producer, kafka, entry)))
            while len(waiting) > IN_FLIGHT:
                await _settle(sent, *waiting.popleft())
                _tell(advance, sent, places)
        while waiting:
            await _settle(sent, *waiting.popleft())
            _tell(advance, sent, places)
    return sent


def _starts(places: Iterable[tuple[int, int]]) -> dict[int, int]:
    starts: dict[int, int] = {}
    for partition, offset in places:
        starts[partition] = min(offset, starts.get(partition, offset))
    return starts


async def _send(producer: AIOKafkaProducer, kafka: Kafka, entry: Entry) -> Any:
    return await producer.send(
        topics.name(INCIDENTS, kafka),
        key=entry.key,
        value=entry.rejection.value,
        headers=list(extended(entry.rejection.headers, entry.source)),
        partition=partition_of(entry.key, entry.source, kafka.partitions),
        timestamp_ms=milliseconds(datetime.now(UTC)),
    )


async def _settle(sent: Sent, entry: Entry, acknowledged: Any) -> None:
    try:
        await acknowledged
    except MessageSizeTooLargeError:
        sent.refused.append(
            f"{entry.partition}:{entry.offset} from {shown(entry.source)}: too large for the "
            "topic once our header is added; send a shorter report"
        )
    else:
        sent.written += 1


def _tell(advance: Advance | None, sent: Sent, places: frozenset[tuple[int, int]]) -> None:
    if advance is not None:
        advance(sent.written + len(sent.refused), len(places))
