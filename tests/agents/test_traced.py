"""A record's trace goes on to what follows from it, and changes nothing else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from models.engine import Engine
from schemas.base import RecordRef
from schemas.incident import Traffic
from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
    Topic,
)
from services import records
from services.composition import engine
from services.records import Delivery, Outgoing
from services.risk.agents import process
from services.risk.batches import Batch
from services.risk.handlers import Assessing, Handler, Locating
from services.risk.observing import NOBODY, Observer
from services.risk.publisher import Unpublishable
from services.settings import Kafka, Settings
from services.tracing import context
from services.tracing.context import TRACEPARENT
from services.tracing.handled import Traced, traced
from services.tracing.spans import UNTOLD
from services.truth.verify import Verdict, Verification
from tests.agents import test_crashes as crashes
from tests.agents.fakes import Bearing, Held, Stream, record
from tests.agents.test_crashes import Disk, Way, lived
from tests.builders import asserted, effect, raw, report
from tests.spans import HOSTILE, OTHER, SAMPLED, SPAN_ID, TRACE_ID, UNSAMPLED, Collected
from tests.spans import parent_id as parent
from tests.spans import trace_id as trace

WITNESS = "Ms A. Witness"
DERIVED = (OBSERVATIONS, ALERTS, ASSESSMENTS)
PREFIXED = Settings(borders=("KGZ-TJK",), kafka=Kafka(topic_prefix="mission."))


@pytest.fixture(scope="module")
def wide() -> Engine:
    return engine(Settings(borders=("KGZ-TJK",), segment_km=200))


class Publishing:
    """Keeps what is published, and refuses records of one topic."""

    def __init__(self, refuses: Topic | None = None) -> None:
        self.published: list[Outgoing] = []
        self._refuses = refuses

    async def publish(self, outgoing: Any) -> None:
        for out in outgoing:
            if out.topic is self._refuses:
                raise Unpublishable(out, ValueError())
        self.published += outgoing


async def worked(
    handler: Handler,
    values: Sequence[tuple[bytes, bytes | None]],
    observer: Observer = NOBODY,
    publisher: Any = None,
) -> list[Outgoing]:
    """Return what follows from values, each with the trace context beside it."""
    found = [
        record(n, value, headers=() if given is None else ((TRACEPARENT, given),))
        for n, (value, given) in enumerate(values)
    ]
    stream: Any = Stream(Batch(found, len(found)))
    watch: Any = Bearing()
    publishing: Any = publisher or Publishing()
    topic = INCIDENTS if isinstance(handler, Locating) else OBSERVATIONS
    await process(stream, topic, handler, Held(), publishing, watch, observer)
    assert watch.failures == []
    published: list[Outgoing] = publishing.published
    return published


async def test_what_follows_from_a_record_goes_on_with_the_trace_of_that_record(
    decisions: Engine,
) -> None:
    values = [
        (raw(report()), SAMPLED.encode()),
        (raw(report(revision=2)), None),
        (raw(report(revision=3)), OTHER.encode()),
        (b"garbage", UNSAMPLED.encode()),
    ]
    found = await worked(Locating(decisions), values)
    traces = [context.of(out.headers) for out in found]
    assert traces == [SAMPLED, None, OTHER, UNSAMPLED]
    observed = records.observation(asserted(effect(steps=(5,)))).value
    alert, assessment = await worked(Assessing(decisions), [(observed, SAMPLED.encode())])
    assert (alert.topic, assessment.topic) == (ALERTS, ASSESSMENTS)
    assert {context.of(out.headers) for out in (alert, assessment)} == {SAMPLED}


async def test_a_hostile_context_is_neither_refused_nor_copied(decisions: Engine) -> None:
    values = [(raw(report(revision=n + 1)), value) for n, value in enumerate(HOSTILE)]
    found = await worked(Locating(decisions), values)
    assert {out.topic for out in found} == {OBSERVATIONS}
    assert len(found) == len(HOSTILE)
    assert {out.headers for out in found} == {()}


async def test_what_stands_for_a_record_that_the_broker_refuses_goes_on_with_its_trace(
    decisions: Engine,
) -> None:
    found = await worked(
        Locating(decisions), [(raw(report()), SAMPLED.encode())], publisher=Publishing(OBSERVATIONS)
    )
    assert [(out.topic, context.of(out.headers)) for out in found] == [(REJECTED, SAMPLED)]


def lives(decisions: Engine, given: bytes | None, monkeypatch: Any, **crash: int) -> Disk:
    """Return the disk after a whole history in which each record came with a header."""
    plain = crashes.history
    headers = () if given is None else ((TRACEPARENT, given),)

    def with_headers() -> list[list[Outgoing]]:
        return [[replace(o, headers=(*o.headers, *headers)) for o in step] for step in plain()]

    with monkeypatch.context() as patched:
        patched.setattr(crashes, "history", with_headers)
        return lived(decisions, Way(3), **crash)


@pytest.fixture(scope="module")
def plain(wide: Engine) -> Disk:
    return lived(wide, Way(3))


@pytest.mark.parametrize("given", [SAMPLED.encode(), HOSTILE[-1]], ids=["traced", "hostile"])
def test_states_observations_alerts_and_assessments_know_nothing_of_traces(
    wide: Engine, plain: Disk, monkeypatch: pytest.MonkeyPatch, given: bytes
) -> None:
    disk = lives(wide, given, monkeypatch)
    for topic in DERIVED:
        values = [said.value for said in plain.topics[topic.name]]
        assert len(values) > 10
        assert [said.value for said in disk.topics[topic.name]] == values
    assert disk.changelogs == plain.changelogs
    traces = {context.of(s.headers) for t in DERIVED for s in disk.topics[t.name]}
    assert traces == {SAMPLED if given == SAMPLED.encode() else None}


def numbered(disk: Disk, topic: Any) -> dict[tuple[bytes, bytes], set[str | None]]:
    """Return with which contexts each value was published."""
    found = defaultdict(set)
    for said in disk.topics[topic.name]:
        found[said.key or b"", said.value].add(context.of(said.headers))
    return found


@pytest.mark.parametrize("crash_at", range(2, 60, 9))
def test_what_is_published_again_after_a_crash_has_the_trace_that_it_had(
    wide: Engine, plain: Disk, monkeypatch: pytest.MonkeyPatch, crash_at: int
) -> None:
    disk = lives(wide, SAMPLED.encode(), monkeypatch, crash_at=crash_at)
    count = {topic.name: len(disk.topics[topic.name]) for topic in DERIVED}
    once = {topic.name: len(plain.topics[topic.name]) for topic in DERIVED}
    assert sum(count.values()) >= sum(once.values())
    for topic in DERIVED:
        for (_, value), traces in numbered(disk, topic).items():
            assert len(traces) == 1, value


def held_against(disk: Disk, decisions: Engine) -> Verdict:
    """Return what ``forewarn verify`` says of a disk."""
    ends = {t: {0: len(said)} for t, said in disk.topics.items()}
    run = Verification(decisions, ends, 1, (REJECTED, *DERIVED), tables=False)
    for topic in (REJECTED, *DERIVED):
        run.published(deliveries(disk, topic))
    for topic in (INCIDENTS, COMMANDS, OBSERVATIONS):
        run.replay(deliveries(disk, topic))
    return run.conclude()


def deliveries(disk: Disk, topic: Any) -> list[Delivery]:
    return [
        Delivery(
            RecordRef(topic=topic.name, partition=0, offset=n), s.key, s.value, s.headers, s.at
        )
        for n, s in enumerate(disk.topics[topic.name])
    ]


def test_a_log_with_traces_is_verified_like_any_other(
    wide: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = lives(wide, SAMPLED.encode(), monkeypatch, crash_at=20)
    verdict = held_against(disk, wide)
    assert verdict.differences == []
    assert verdict.records["observations"] > 10
    changed = disk.topics[ALERTS.name][0]
    disk.topics[ALERTS.name][0] = replace(
        changed, value=changed.value.replace(b"raised", b"Raised")
    )
    assert held_against(disk, wide).differences, "the verification must be able to fail"


async def test_each_record_with_a_sampled_trace_is_told_of_and_no_other(decisions: Engine) -> None:
    collected = Collected(always=True)
    observer = Traced(NOBODY, collected.spans, PREFIXED)
    values = [
        (raw(report()), SAMPLED.encode()),
        (raw(report(incident_id="I-1", revision=2)), UNSAMPLED.encode()),
        (raw(report(incident_id="I-1", revision=3)), None),
        (b"garbage", OTHER.encode()),
    ]
    await worked(Locating(decisions), values, observer)
    one, garbage = collected.told
    assert (trace(one), parent(one), one.name) == (TRACE_ID, SPAN_ID, "process mission.incidents")
    assert dict(one.attributes) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "mission.incidents",
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": 0,
        "messaging.consumer.group.name": "forewarn-risk",
        "messaging.batch.message_count": 4,
        "forewarn.incident_id": "I-1",
    }
    assert one.status.is_ok or one.status.is_unset
    assert 0 <= one.end_time - one.start_time < 60e9
    assert trace(garbage) == "a" * 32
    assert garbage.attributes["error.type"] == "not-json"
    assert not garbage.status.is_ok


async def test_a_span_of_an_observation_names_incident_segment_and_alerts(
    decisions: Engine,
) -> None:
    collected = Collected()
    observed = asserted(effect(steps=(5,))).model_copy(update={"traffic": Traffic.EXERCISE})
    value = records.observation(observed).value
    alert, _ = await worked(
        Assessing(decisions),
        [(value, SAMPLED.encode())],
        Traced(NOBODY, collected.spans, PREFIXED),
    )
    (span,) = collected.told
    said = ALERTS.value.validate_json(alert.value).data
    assert span.attributes["forewarn.alert_ids"] == (said.alert_id,)
    assert span.attributes["forewarn.incident_id"] == "I-1"
    assert span.attributes["forewarn.segment_id"] == observed.segment_id


async def test_no_span_says_who_reported_or_what(decisions: Engine) -> None:
    collected = Collected()
    told = report(sources=[{"name": WITNESS, "url": "https://witness.example"}], summary=WITNESS)
    refused = raw(told).replace(b'"status"', b'"Ms A. Witness": 1, "status"')
    values = [(value, SAMPLED.encode()) for value in (raw(told), refused, WITNESS.encode())]
    await worked(Locating(decisions), values, Traced(NOBODY, collected.spans, PREFIXED))
    assert len(collected.told) == len(values)
    assert "itness" not in collected.text


async def test_a_fault_of_the_collector_stops_no_record(decisions: Engine) -> None:
    class Broken(Collected):
        def begin(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError

    broken: Any = Broken()
    observer = Traced(NOBODY, broken, PREFIXED)
    found = await worked(Locating(decisions), [(raw(report()), SAMPLED.encode())], observer)
    assert [out.topic for out in found] == [OBSERVATIONS]


def test_where_nobody_collects_nothing_stands_between_the_worker_and_its_observer() -> None:
    assert traced(NOBODY, UNTOLD, PREFIXED) is NOBODY
