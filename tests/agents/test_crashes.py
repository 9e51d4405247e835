"""A worker that dies between any two writes: nothing lost, nothing twice, no two truths."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from models.engine import Engine
from schemas.alert import Transition
from schemas.command import AcknowledgeCommand, AnyCommand, SilenceCommand
from schemas.incident import IncidentReport, IncidentRetraction, Traffic
from schemas.observation import Tick
from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
    TOPICS,
    Topic,
)
from services import records
from services.composition import engine
from services.records import Outgoing, milliseconds, moment
from services.risk.agents import process
from services.risk.appending import Appender, Row
from services.risk.batches import Batch
from services.risk.changelog import Changes
from services.risk.handlers import Assessing, Handler, Locating, Obeying
from services.risk.publisher import Publisher
from services.settings import Kafka, Settings
from tests.agents.fakes import Bearing, Held, record
from tests.builders import at, event, linked, report, retraction

SEGMENT = "KGZ-TJK-200-01"
"""One of long segments, so that a fatal incident is in sight of two others and not of five."""

OPENED = "20210429T120000.000000Z"
"""When the first alert is raised, as its id says it."""


class Crash(BaseException):
    """The process is gone: no handler can catch it."""


class Disk:
    """What survives a crash: the topics and the tables' changelogs; it may fail at one write."""

    def __init__(self, crash_at: int | None = None) -> None:
        self.topics: dict[str, list[Outgoing]] = defaultdict(list)
        self.changelogs: dict[str, dict[bytes, bytes]] = defaultdict(dict)
        self.committed: dict[str, int] = defaultdict(int)
        self.writes = 0
        self.crash_at = crash_at
        self.dead = False

    def write(self) -> None:
        """Count a write, which happens unless the process dies at it, or is dead."""
        if self.dead or self.writes == self.crash_at:
            self.crash_at, self.dead = None, True
            raise Crash
        self.writes += 1


class Changelog(Held):
    """The states of a table of the worker; each is a write, unless they fit one together."""

    def __init__(self, disk: Disk, name: str, room: int) -> None:
        super().__init__(room)
        self._disk, self.held = disk, disk.changelogs[name]

    async def keep(self, partition: int, changes: Changes) -> None:
        if self.fits(changes):
            self._disk.write()
            await super().keep(partition, changes)
            return
        for key, value in changes.items():
            self._disk.write()
            await super().keep(partition, {key: value})


class Broker(Appender):
    """Appends to the topics, one write after the other."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    async def partitions(self, topic: str) -> int:  # noqa: ARG002
        return 1

    async def append(
        self,
        topic: str,
        partition: int,  # noqa: ARG002
        rows: Sequence[Row],
        most: int,  # noqa: ARG002
    ) -> int:
        (found,) = (t for t in TOPICS if t.name == topic)
        for key, value, headers, timestamp in rows:
            self._disk.write()
            at = moment(timestamp or 0)
            self._disk.topics[topic].append(Outgoing(found, key, value or b"", tuple(headers), at))
        return len(self._disk.topics[topic]) - 1


@dataclass(frozen=True)
class Way:
    """How the worker works: most records of a batch, whether it commits, most states at once."""

    size: int
    commits: bool = True
    room: int = 1_000_000


class DiskStream:
    """The records of a topic from the committed offset on; a batch that is done is committed."""

    def __init__(self, disk: Disk, topic: Topic, way: Way) -> None:
        self._disk, self._topic, self._way = disk, topic, way

    async def events(self) -> AsyncIterator[Any]:
        name = self._topic.name
        there, start = self._disk.topics[name], self._disk.committed[name]
        end = len(there)
        while start < end:
            stop = min(end, start + self._way.size)
            one = Batch([self._record(there[at], at) for at in range(start, stop)], stop)
            yield SimpleNamespace(value=one)
            if self._way.commits:
                self._disk.committed[name] = one.settled
            start = stop

    def _record(self, said: Outgoing, offset: int) -> ConsumerRecord:
        return record(
            offset,
            said.value,
            key=said.key,
            headers=said.headers,
            timestamp=milliseconds(said.at),
        )


def reports(*told: tuple[float, IncidentReport | IncidentRetraction]) -> list[Outgoing]:
    """Return the records of reports by the hour in which they come in."""
    return [records.incident(event(said, at(hours))) for hours, said in told]


def commands(*said: AnyCommand) -> list[Outgoing]:
    """Return the records of commands that come in one after the other, an hour apart."""
    return [
        Outgoing(COMMANDS, c.segment_id.encode(), c.model_dump_json().encode(), (), at(50 + n))
        for n, c in enumerate(said)
    ]


def tick(days: float) -> list[Outgoing]:
    """Return a tick of the segment."""
    passed = Tick(segment_id=SEGMENT, traffic=Traffic.ACTUAL, recorded_at=at(days=days))
    return [records.observation(passed)]


def history() -> list[list[Outgoing]]:
    """Return what comes in, step by step, the worker handling each to the end.

    Reports climb, are corrected, move, are linked and withdrawn; an alert is acknowledged and
    silenced, ends and is corrected afterwards; and one is raised, resolved and raised again in one
    instant.
    """
    stones = {"event_type": "Strategic developments", "sub_event_type": "Stone-throwing"}
    second = {"sources": [{"name": "another agency"}], "incident_id": "I-2"}
    first = {"sources": [{"name": "an agency"}]}
    word = linked("I-1", "I-2").command.model_copy(update={"segment_id": SEGMENT})
    alert = {"segment_id": SEGMENT, "author": "duty officer", "alert_id": f"{SEGMENT}:{OPENED}"}
    border = {"segment_id": "KGZ-TJK", "author": "duty officer", "silence_id": "S"}
    return [
        reports(
            (0, report(incident_id="I-0", **stones)),
            (1, report(start=at(1), deaths=2, **first)),
            (2, report(start=at(1.5), deaths=2, **second)),
            (3, report(start=at(1), deaths=5, revision=2, steps=(5,), **first)),
            (30, report(incident_id="I-3", start=at(29), deaths=1)),
            (31, retraction(incident_id="I-3")),
        ),
        tick(1.5),
        reports(
            (40, report(start=at(1), deaths=5, revision=3, where=(39.8788, 70.5099), **first)),
            (41, report(start=at(1), deaths=6, revision=4, steps=(5,), **first)),
            (42, report(start=at(2), deaths=6, revision=2, **second)),
            # Not named by the alert, until a correction makes it recent.
            (43, report(incident_id="I-5", start=at(days=-30), deaths=1)),
            (44, report(incident_id="I-5", start=at(40), deaths=2, revision=2)),
        ),
        commands(
            word,
            AcknowledgeCommand(kind="acknowledge", **alert),
            SilenceCommand(kind="silence", starts=at(), ends=at(days=9), **border),
            AcknowledgeCommand(kind="unacknowledge", **alert),
        ),
        [*tick(3), *tick(9)],
        commands(AcknowledgeCommand(kind="acknowledge", **alert | {"alert_id": "none"})),
        [*tick(12), *tick(14), *tick(40)],
        reports(
            (960, report(start=at(1), deaths=4, revision=5, steps=(5,), **first)),
            (961, retraction(incident_id="I-1", revision=6)),
            (962, report(incident_id="I-4", start=at(961))),
            (962, retraction(incident_id="I-4")),
            (962, report(incident_id="I-4", start=at(961), revision=3)),
        ),
        tick(60),
    ]


def work(disk: Disk, decisions: Engine, way: Way) -> None:
    """Run the three agents, one after the other, until nothing is left or the process dies."""
    agents: list[tuple[Topic, Handler, str]] = [
        (INCIDENTS, Locating(decisions), "incidents"),
        (COMMANDS, Obeying(decisions), "none"),
        (OBSERVATIONS, Assessing(decisions), "segments"),
    ]
    publisher = Publisher(Broker(disk), Kafka())
    watch: Any = Bearing()
    for topic, handler, name in agents:
        stream: Any = DiskStream(disk, topic, way)
        states = Changelog(disk, name, way.room)
        asyncio.run(process(stream, topic, handler, states, publisher, watch))
    assert watch.failures == []


def lived(decisions: Engine, way: Way, crash_at: int | None = None) -> Disk:
    """Return the disk after the whole history, one crash and the restart after it."""
    disk = Disk(crash_at)
    for step in history():
        for said in step:
            disk.topics[said.topic.name].append(said)
        try:
            work(disk, decisions, way)
        except Crash:
            disk.dead = False
            work(disk, decisions, way)
    assert disk.crash_at is None, "it must have crashed"
    return disk


def told(disk: Disk, topic: Topic) -> dict[str, bytes]:
    """Return what was published by its identity; one identity must not say two things."""
    found: dict[str, bytes] = {}
    for said in disk.topics[topic.name]:
        value = topic.value.validate_json(said.value)
        name = value.id if topic is ALERTS else str(value.observation)
        assert found.setdefault(name, said.value) == said.value, name
    return found


@pytest.fixture(scope="module")
def decisions() -> Engine:
    return engine(Settings(borders=("KGZ-TJK",), segment_km=200))


def contents(disk: Disk, topic: Topic) -> list[str]:
    """Return what was said, in order, without where the observation that caused it stands."""
    return [
        topic.value.validate_json(value).model_dump_json(
            exclude={"observation": True, "data": {"cause": True}}
        )
        for value in told(disk, topic).values()
    ]


def replayed(disk: Disk, decisions: Engine) -> Disk:
    """Return what a new worker with empty tables makes of the observations of ``disk``."""
    fresh = Disk()
    fresh.topics[OBSERVATIONS.name] = disk.topics[OBSERVATIONS.name]
    work(fresh, decisions, ONE_BY_ONE)
    return fresh


ONE_BY_ONE = Way(1)
WAYS = {
    "one by one": (ONE_BY_ONE, 5),
    "in batches": (Way(1_000), 5),
    "in batches of three": (Way(3), 7),
    "in batches whose states are too many": (Way(1_000, room=1), 11),
    # Without commits each step handles everything again; what takes long dies at fewer writes.
    "never committing": (Way(1, commits=False), 13),
    "never committing batches": (Way(1_000, commits=False), 13),
}
"""How records come in, and at every how manieth write it dies; ``make chaos-worker``: at each."""

LONG = "FOREWARN_TEST_KILLS" in os.environ


@pytest.mark.parametrize(("way", "every"), WAYS.values(), ids=WAYS)
def test_a_crash_between_any_two_writes_changes_nothing(
    decisions: Engine, way: Way, every: int
) -> None:
    whole = lived(decisions, way)
    kinds = {ALERTS.value.validate_json(v).data.transition for v in told(whole, ALERTS).values()}
    assert kinds == set(Transition) - {Transition.DE_ESCALATED, Transition.EXPIRED}
    assert whole.topics[REJECTED.name], "a command on no alert is answered"
    assert any(name.endswith("Z:2:1") for name in told(whole, ALERTS)), "again in one instant"
    for crash_at in range(0, whole.writes, 1 if LONG else every):
        disk = lived(decisions, way, crash_at)
        assert contents(disk, ALERTS) == contents(whole, ALERTS), crash_at
        assert contents(disk, ASSESSMENTS) == contents(whole, ASSESSMENTS), crash_at
        again = replayed(disk, decisions)
        assert told(again, ALERTS) == told(disk, ALERTS), crash_at
        assert told(again, ASSESSMENTS) == told(disk, ASSESSMENTS), crash_at
        assert again.changelogs["segments"] == disk.changelogs["segments"], crash_at
