"""Heartbeats go the whole way of a report, and are missed when they do not come back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from models.domain.notifying.heartbeats import Beat, Pulse, beat
from schemas.alert import Alert, Transition
from schemas.event import IncidentEvent
from schemas.incident import Traffic
from schemas.segment import Segment
from schemas.topics import ALERTS, INCIDENTS
from services.borders import load_segments
from services.composition import engine as composed
from services.ledger import database
from services.notifier import outbox, pulses
from services.notifier.beats import event, incident_id, reports, way
from services.notifier.config import parse
from services.notifier.heartbeat import Heart
from services.notifier.notification import Delivered
from services.notifier.setup import setup
from services.notifier.store import Batch, Heard, Store
from services.records import Outgoing, partition_of
from services.records import alert as record_of
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from tests.notifier.builders import seconds

EVERY, PATIENCE = timedelta(minutes=5), timedelta(minutes=2)
SETTINGS = Settings(borders=("KGZ-TJK",))
CONFIG = """
[receivers.watch]
traffic = ["heartbeat", "actual"]
channels = [{kind = "one"}]
[receivers.duty]
channels = [{kind = "one"}]
[[routes]]
receiver = "duty"
"""


@pytest.fixture(scope="module")
def segments() -> list[Segment]:
    return sorted(load_segments(SETTINGS.borders, 50), key=lambda s: s.segment_id)


async def test_each_heartbeat_is_raised_and_its_retraction_resolves_it(
    segments: list[Segment],
) -> None:
    segment, log = segments[0], MemoryLog(composed(SETTINGS), 4)
    pulse, found = Pulse(), []
    for number in range(4):
        moment = seconds(number * 300 + 0.570195)
        before, pulse = pulse, pulse.sent(incident_id(segment, moment, 4), moment)
        for incident in reports(before, pulse, segment, moment):
            outcome = await log.report(event(incident, moment))
            assert outcome.rejections == ()
        found = [ALERTS.value.validate_json(raw).data for raw in log.alerts]
        assert found[-1].transition is Transition.RAISED
        assert pulse.incident_id in [i.incident_id for i in found[-1].incidents]
    assert [a.transition.value for a in found] == ["raised", "resolved"] * 3 + ["raised"]
    assert {(a.traffic, a.segment_id) for a in found} == {(Traffic.HEARTBEAT, segment.segment_id)}


async def test_every_segment_of_a_border_can_have_heartbeats(segments: list[Segment]) -> None:
    decisions = composed(SETTINGS)
    for segment in segments:
        log = MemoryLog(decisions, 4)
        pulse = Pulse().sent(incident_id(segment, seconds(0), 4), seconds(0))
        for incident in reports(Pulse(), pulse, segment, seconds(0)):
            await log.report(event(incident, seconds(0)))
        (told,) = [ALERTS.value.validate_json(raw).data for raw in log.alerts]
        assert told.segment_id == segment.segment_id


def test_all_heartbeats_of_a_segment_go_to_one_partition(segments: list[Segment]) -> None:
    for partitions in (1, 4, 7):
        names = {incident_id(segments[0], seconds(n * 300), partitions) for n in range(50)}
        assert len(names) == 50
        assert len({partition_of(name.encode(), partitions) for name in names}) == 1


async def test_the_alerts_that_a_worker_keeps_of_heartbeats_do_not_grow_with_their_number(
    segments: list[Segment],
) -> None:
    segment, log, pulse = segments[0], MemoryLog(composed(SETTINGS), 4), Pulse()
    sizes = []
    for number in range(60):
        moment = seconds(number * 300)
        before, pulse = pulse, pulse.sent(incident_id(segment, moment, 4), moment)
        for incident in reports(before, pulse, segment, moment):
            await log.report(event(incident, moment))
        books = (book for key, book in log.segments.items() if key.endswith(b"|alerts"))
        sizes.append(sum(map(len, books)))
    assert sizes[0] > 0
    assert max(sizes[30:]) <= max(sizes[:30]) * 1.1


@pytest.mark.parametrize(
    ("pulse", "after", "expected"),
    [
        (Pulse(), 0, Beat.SEND),
        (Pulse().sent("h", seconds(0)), 60, Beat.WAIT),
        (Pulse().sent("h", seconds(0)).came_back("h"), 299, Beat.WAIT),
        (Pulse().sent("h", seconds(0)).came_back("h"), 300, Beat.SEND),
        (Pulse().sent("h", seconds(0)), 120, Beat.TELL_BROKEN),
        (Pulse().sent("h", seconds(0)).came_back("earlier"), 120, Beat.TELL_BROKEN),
        (Pulse().sent("h", seconds(9000)).came_back("h"), 10, Beat.SEND),
        (Pulse().sent("h", seconds(9000)).sent("i", seconds(10)), 130, Beat.TELL_BROKEN),
        (Pulse("h", seconds(0), seconds(0), seconds(0)), 299, Beat.WAIT),
        (Pulse("h", seconds(0), seconds(0), seconds(0)), 300, Beat.SEND),
        (Pulse("h", seconds(0), seconds(0), seconds(0)).came_back("h"), 10, Beat.TELL_OPEN),
    ],
)
def test_what_is_done_about_heartbeats_follows_from_the_pulse(
    pulse: Pulse, after: float, expected: Beat
) -> None:
    assert beat(pulse, seconds(after), EVERY, PATIENCE) is expected


def test_no_heartbeat_is_sent_with_an_interval_of_zero() -> None:
    assert beat(Pulse(), seconds(0), timedelta(0), PATIENCE) is Beat.WAIT


class Log:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def publish(self, record: Outgoing) -> None:
        self.records.append(record)


async def test_who_watches_is_told_once_that_the_way_is_broken_and_once_that_it_is_open(
    engine: Engine, segments: list[Segment]
) -> None:
    store, log, moment = Store(engine, setup(parse(CONFIG))), Log(), seconds(0)
    heart = Heart(store, log, segments[0], 4, lambda: moment)
    store.begin({0: 0})
    told: list[datetime] = []
    for second in range(0, 1200, 10):
        moment = seconds(second)
        if await heart.step():
            told.append(moment)
    assert told == [seconds(120)]
    assert [r.topic for r in log.records] == [INCIDENTS] * 7
    last: IncidentEvent = INCIDENTS.value.validate_json(log.records[-1].value)
    back = _alert(segments[0], last)
    store.take_in([Batch(0, 0, 1, (Heard(0, back, record_of(back).value),))], moment)
    assert await heart.step()
    assert not await heart.step()
    with database.reading(engine) as connection:
        assert pulses.load(connection).broken_since is None
    assert shown(engine, moment) == [
        ("watch", "raised", "The way of alerts is broken"),
        ("watch", "raised", "A heartbeat"),
        ("watch", "resolved", "The way of alerts is open again"),
    ]


async def test_a_heart_waits_for_its_database_as_all_else_does(
    engine: Engine, segments: list[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    heart = Heart(Store(engine, setup(parse(CONFIG))), Log(), segments[0], 4, lambda: seconds(0))
    load, away = pulses.load, [OperationalError("", {}, Exception("away"))] * 2

    def late(connection: Connection) -> Pulse:
        if away:
            raise away.pop()
        return load(connection)

    monkeypatch.setattr(pulses, "load", late)
    assert not await heart.step()
    assert not away
    with database.reading(engine) as connection:
        assert load(connection).sent_at == seconds(0)


def _alert(segment: Segment, last: IncidentEvent) -> Alert:
    """Return the alert that a heartbeat came back as."""
    cause: dict[str, Any] = {
        "incident_id": last.data.incident_id,
        "revision": 1,
        "record": {"topic": "incidents", "partition": 0, "offset": 0},
        "words": "a heartbeat",
    }
    made = way(segment, seconds(1150), seconds(1199), broken=True).model_dump()
    return Alert.model_validate(
        made | {"alert_id": "beat", "headline": "A heartbeat", "incidents": (cause,)}
    )


def shown(engine: Engine, moment: datetime) -> list[tuple[str, str, str]]:
    found = []
    with database.writing(engine) as connection:
        while (item := outbox.due(connection, "watch", "one", moment)) is not None:
            one = item.notification
            found += [(one.receiver, a.transition.value, a.headline) for a in one.alerts]
            outbox.record(connection, item, Delivered(), moment)
        assert outbox.due(connection, "duty", "one", moment) is None
    return found
