"""A worker that dies between any two writes: nothing lost, nothing twice, no two truths."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from models.engine import Engine
from schemas.alert import Transition
from schemas.incident import IncidentReport, IncidentRetraction, Traffic
from schemas.observation import Tick
from schemas.rejection import RejectReason
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, Topic
from services import records
from services.composition import engine
from services.records import Outgoing, milliseconds
from services.risk.agents import process
from services.risk.handlers import Assessing, Handler, Locating, Obeying
from services.settings import Settings
from tests.builders import at, event, linked, report, retraction

SEGMENT = "KGZ-TJK-200-01"
"""One of long segments, so that a fatal incident is in sight of two others and not of five."""


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

    def write(self) -> None:
        """Count a write, which happens unless the process dies at it."""
        if self.writes == self.crash_at:
            self.crash_at = None
            raise Crash
        self.writes += 1


class Table(MutableMapping[bytes, bytes]):
    """A table of the worker: every change is a write to its changelog."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._disk, self._kept = disk, disk.changelogs[name]

    def __getitem__(self, key: bytes) -> bytes:
        return self._kept[key]

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._disk.write()
        self._kept[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._disk.write()
        del self._kept[key]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class Publisher:
    """Appends to the topics, one write after the other."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        for record in outgoing:
            self._disk.write()
            self._disk.topics[record.topic.name].append(record)


class Stream:
    """The records of a topic from the committed offset on; one that was handled is committed."""

    def __init__(self, disk: Disk, topic: Topic, *, commits: bool) -> None:
        self._disk, self._topic, self._commits = disk, topic, commits

    async def events(self) -> AsyncIterator[Any]:
        name = self._topic.name
        for offset in range(self._disk.committed[name], len(self._disk.topics[name])):
            record = self._disk.topics[name][offset]
            yield SimpleNamespace(
                message=SimpleNamespace(
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    partition=0,
                    offset=offset,
                    timestamp=milliseconds(record.at) / 1000,
                )
            )
            if self._commits:
                self._disk.committed[name] = offset + 1


def reports(*told: tuple[float, IncidentReport | IncidentRetraction]) -> list[Outgoing]:
    """Return the records of reports by the hour in which they come in."""
    return [records.incident(event(said, at(hours))) for hours, said in told]


def tick(days: float) -> list[Outgoing]:
    """Return a tick of the segment."""
    passed = Tick(segment_id=SEGMENT, traffic=Traffic.ACTUAL, recorded_at=at(days=days))
    return [records.observation(passed)]


def history() -> list[list[Outgoing]]:
    """Return what comes in, step by step, the worker handling each to the end.

    Reports climb, are corrected, move, are linked and withdrawn, an alert ends and is corrected
    afterwards, and an alert is raised, resolved and raised again in one instant.
    """
    stones = {"event_type": "Strategic developments", "sub_event_type": "Stone-throwing"}
    second = {"sources": [{"name": "another agency"}], "incident_id": "I-2"}
    first = {"sources": [{"name": "an agency"}]}
    word = linked("I-1", "I-2").command.model_copy(update={"segment_id": SEGMENT})
    command = Outgoing(COMMANDS, SEGMENT.encode(), word.model_dump_json().encode(), (), at(50))
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
        [command],
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


async def unwatched(_reason: RejectReason | None) -> None:
    """Bear any number of rejects."""


def work(disk: Disk, decisions: Engine, *, commits: bool) -> None:
    """Run the three agents, one after the other, until nothing is left or the process dies."""
    agents: list[tuple[Topic, Handler, str]] = [
        (INCIDENTS, Locating(decisions), "incidents"),
        (COMMANDS, Obeying(decisions), "none"),
        (OBSERVATIONS, Assessing(decisions), "segments"),
    ]
    publisher: Any = Publisher(disk)
    for topic, handler, name in agents:
        stream: Any = Stream(disk, topic, commits=commits)
        asyncio.run(process(stream, topic, handler, Table(disk, name), publisher, unwatched))


def lived(decisions: Engine, *, commits: bool, crash_at: int | None = None) -> Disk:
    """Return the disk after the whole history, one crash and the restart after it."""
    disk = Disk(crash_at)
    for step in history():
        for record in step:
            disk.topics[record.topic.name].append(record)
        try:
            work(disk, decisions, commits=commits)
        except Crash:
            work(disk, decisions, commits=commits)
    assert disk.crash_at is None, "it must have crashed"
    return disk


def told(disk: Disk, topic: Topic) -> dict[str, bytes]:
    """Return what was published by its identity; one identity must not say two things."""
    found: dict[str, bytes] = {}
    for record in disk.topics[topic.name]:
        value = topic.value.validate_json(record.value)
        name = value.id if topic is ALERTS else str(value.observation)
        assert found.setdefault(name, record.value) == record.value, name
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
    work(fresh, decisions, commits=True)
    return fresh


@pytest.mark.parametrize(
    ("commits", "every"),
    # Without commits each step handles everything again: every third write is as long a test.
    [(True, 1), (False, 3)],
    ids=["committing", "never committing"],
)
def test_a_crash_between_any_two_writes_changes_nothing(
    decisions: Engine, commits: bool, every: int
) -> None:
    whole = lived(decisions, commits=commits)
    kinds = {ALERTS.value.validate_json(v).data.transition for v in told(whole, ALERTS).values()}
    assert kinds == set(Transition) - {Transition.DE_ESCALATED}
    assert any(name.endswith("Z:2:1") for name in told(whole, ALERTS)), "again in one instant"
    for crash_at in range(0, whole.writes, every):
        disk = lived(decisions, commits=commits, crash_at=crash_at)
        assert contents(disk, ALERTS) == contents(whole, ALERTS), crash_at
        assert contents(disk, ASSESSMENTS) == contents(whole, ASSESSMENTS), crash_at
        again = replayed(disk, decisions)
        assert told(again, ALERTS) == told(disk, ALERTS), crash_at
        assert told(again, ASSESSMENTS) == told(disk, ASSESSMENTS), crash_at
        assert again.changelogs["segments"] == disk.changelogs["segments"], crash_at
