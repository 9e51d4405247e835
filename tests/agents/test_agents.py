"""What the agents do with records: publish first, keep the state after, never stop."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from models.engine import Engine
from schemas.incident import Traffic
from schemas.observation import OBSERVATION, CommandObservation
from schemas.rejection import Rejection, RejectReason
from schemas.topics import ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED
from services import records
from services.records import Delivery, Outgoing
from services.risk.agents import process
from services.risk.batches import Batch
from services.risk.handled import Handled
from services.risk.handlers import Assessing, Handler, Locating, Obeying
from services.risk.tables import Desk
from services.risk.ticks import TickSource
from tests.agents.fakes import Bearing, Held, Stream, batch
from tests.builders import (
    NOON,
    SEGMENT,
    asserted,
    at,
    effect,
    linked,
    raw,
    ref,
    report,
    retraction,
    tick,
)


def delivered(value: bytes, offset: int = 0, key: bytes = b"I-1", at: datetime = NOON) -> Delivery:
    return Delivery(ref(offset), key, value, (("origin", b"test"),), at)


class Recording:
    """Stands in for the publisher: keeps what is published and which states were kept then."""

    def __init__(self, states: Held) -> None:
        self.published: list[Outgoing] = []
        self.kept_at_publish: list[dict[bytes, bytes]] = []
        self._states = states

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        self.published += outgoing
        self.kept_at_publish.append(dict(self._states))


async def worked(
    handler: Handler, *batches: Batch, states: Held | None = None, watch: Bearing | None = None
) -> tuple[Recording, Held, list[int]]:
    """Return what was published and kept, and what acknowledging each batch commits."""
    kept = states if states is not None else Held()
    publisher: Any = Recording(kept)
    stream, bearing = Stream(*batches), watch or Bearing()
    faked: Any = stream, bearing
    await process(faked[0], INCIDENTS, handler, kept, publisher, faked[1])
    return publisher, kept, stream.acknowledged


async def run(handler: Handler, *values: bytes | None) -> tuple[Recording, dict[bytes, bytes]]:
    """Return what came of records that are read one by one."""
    one_by_one = [batch(value, start=offset) for offset, value in enumerate(values)]
    publisher, states, _ = await worked(handler, *one_by_one)
    return publisher, states.held


async def test_a_report_becomes_an_observation_keyed_by_its_segment(decisions: Engine) -> None:
    publisher, table = await run(Locating(decisions), raw(report()))
    (out,) = publisher.published
    assert (out.topic, out.key) == (OBSERVATIONS, b"KGZ-TJK-050-02")
    assert out.at == NOON
    assert set(table) == {b"I-1"}


async def test_messages_are_published_before_the_state_is_kept(decisions: Engine) -> None:
    publisher, table = await run(Locating(decisions), raw(report()))
    assert publisher.kept_at_publish == [{}]
    assert table


async def test_a_poison_record_stops_nothing_and_is_kept_whole(decisions: Engine) -> None:
    publisher, _ = await run(Locating(decisions), b"\xff", None, raw(report()))
    first, second, third = publisher.published
    assert [first.topic, second.topic, third.topic] == [REJECTED, REJECTED, OBSERVATIONS]
    rejection = Rejection.model_validate_json(first.value)
    assert (rejection.value, rejection.headers) == (b"\xff", (("origin", b"test"),))
    assert rejection.record == ref(0)
    assert first.key == b"I-1"


async def test_every_record_is_watched_once_what_follows_from_it_is_published(
    decisions: Engine,
) -> None:
    class Watching(Bearing):
        async def goes_on(self, reasons: Sequence[RejectReason | None]) -> bool:
            watched.append((list(reasons), len(publisher.published), len(states)))
            return await super().goes_on(reasons)

    moved_away = raw(report(revision=2, where=(-10.0, 20.0)))
    watched: list[tuple[list[RejectReason | None], int, int]] = []
    states = Held()
    publisher = Recording(states)
    faked: Any = Stream(batch(b"\xff", raw(report())), batch(moved_away, start=2)), publisher
    watch: Any = Watching()
    await process(faked[0], INCIDENTS, Locating(decisions), states, faked[1], watch)
    # What moves away is taken back where it counted, and is set aside.
    assert watched == [([RejectReason.NOT_JSON, None], 2, 1), ([RejectReason.TOO_FAR], 4, 1)]


async def test_a_fault_of_our_own_becomes_a_rejection_that_says_where(decisions: Engine) -> None:
    class Broken(Locating):
        def _handle(self, *_: object) -> Any:
            raise RuntimeError("out of order")

    publisher, table = await run(Broken(decisions), raw(report()))
    rejection = Rejection.model_validate_json(publisher.published[0].value)
    assert rejection.reason is RejectReason.FAILED
    assert rejection.detail.startswith("RuntimeError: out of order; in _handle")
    assert table == {}


async def test_an_observation_becomes_an_alert_and_then_an_assessment(decisions: Engine) -> None:
    observed = records.observation(asserted(effect(steps=(5,)))).value
    publisher, table = await run(Assessing(decisions), observed)
    alert, assessment = publisher.published
    assert (alert.topic, assessment.topic) == (ALERTS, ASSESSMENTS)
    told = ALERTS.value.validate_json(alert.value)
    assert (told.data.level, told.data.transition) == ("critical", "raised")
    assert "heavy weapons at Kok-Tash" in told.data.explanation
    assert told.data.incidents[0].incident_id == "I-1"
    assert told.data.model_version
    assert set(table) == {SEGMENT.encode() + part for part in (b"", b"|2021-04-29", b"|alerts")}


async def test_an_observation_delivered_again_says_nothing_again(decisions: Engine) -> None:
    observed = records.observation(asserted(effect(steps=(5,)))).value
    handler, table = Assessing(decisions), dict[bytes, bytes]()
    delivery = delivered(observed)
    for handled in handler.handle([delivery], table):
        handled.store(table)
    before = dict(table)
    (again,) = handler.handle([delivery], table)
    again.store(table)
    assert again.outgoing == ()
    assert table == before


async def test_a_record_handled_again_from_the_same_state_publishes_the_same_bytes(
    decisions: Engine,
) -> None:
    observed = delivered(records.observation(asserted(effect(steps=(5,)))).value)
    one, other = (Assessing(decisions).handle([observed], {}) for _ in range(2))
    assert one == other


async def test_an_exercise_has_a_state_of_its_own_and_is_marked(decisions: Engine) -> None:
    exercise = asserted(effect(steps=(5,))).model_copy(update={"traffic": Traffic.EXERCISE})
    publisher, table = await run(Assessing(decisions), records.observation(exercise).value)
    assert {key.partition(b"|")[0] for key in table} == {b"KGZ-TJK-050-07@exercise"}
    told = ALERTS.value.validate_json(publisher.published[0].value).data
    assert told.traffic is Traffic.EXERCISE
    assert told.alert_id.endswith(":exercise")


async def test_bytes_that_are_no_observation_are_rejected(decisions: Engine) -> None:
    publisher, table = await run(Assessing(decisions), b'{"kind": "guess"}')
    assert [o.topic for o in publisher.published] == [REJECTED]
    assert table == {}


def test_a_retraction_reaches_the_segment_that_the_report_reached(decisions: Engine) -> None:
    handler, table = Locating(decisions), dict[bytes, bytes]()
    for handled in handler.handle([delivered(raw(report()))], table):
        handled.store(table)
    (gone,) = handler.handle([delivered(raw(retraction()), 1)], table)
    (out,) = gone.outgoing
    assert OBSERVATION.validate_json(out.value).kind == "retract"
    assert out.key == b"KGZ-TJK-050-02"


def observed_once(decisions: Engine) -> dict[bytes, bytes]:
    """Return the table after one observation."""
    table: dict[bytes, bytes] = {}
    observed = delivered(records.observation(asserted(effect())).value)
    for handled in Assessing(decisions).handle([observed], table):
        handled.store(table)
    return table


def test_a_worker_tells_the_time_only_to_the_segments_that_it_holds(decisions: Engine) -> None:
    table = observed_once(decisions)
    publisher: Any = None
    assert TickSource(table, publisher, lambda _key: False).due(at(days=5)) == []
    (mine,) = TickSource(table, publisher, SEGMENT.encode().__eq__).due(at(days=5))
    assert mine.segment_id == SEGMENT


def test_ticks_are_due_once_each_midnight_and_never_twice(decisions: Engine) -> None:
    table = observed_once(decisions)
    publisher: Any = None
    source = TickSource(table, publisher, lambda _key: True)
    assert source.due(at(hours=11)) == []
    (due,) = source.due(at(hours=13))
    assert due.recorded_at == at(hours=12)
    assert source.due(at(hours=13)) == []
    # After an outage only the latest midnight is told: the fold needs no other.
    (late,) = source.due(at(days=5))
    assert late.recorded_at == at(days=4, hours=12)


async def test_a_command_becomes_an_observation_of_its_segment(decisions: Engine) -> None:
    command = linked("I-1", "I-2").command
    publisher, table = await run(Obeying(decisions), command.model_dump_json().encode())
    (out,) = publisher.published
    assert (out.topic, out.key) == (OBSERVATIONS, SEGMENT.encode())
    observed = OBSERVATION.validate_json(out.value)
    assert isinstance(observed, CommandObservation)
    assert observed.command == command
    assert table == {}


async def test_a_command_to_a_segment_that_nobody_watches_is_refused(decisions: Engine) -> None:
    command = linked("I-1", "I-2").command.model_copy(update={"segment_id": "KGZ-TJK-050-99"})
    publisher, _ = await run(Obeying(decisions), command.model_dump_json().encode(), b"{}")
    details = [Rejection.model_validate_json(out.value).detail for out in publisher.published]
    assert "'KGZ-TJK-050-99' is not watched" in details[0]
    assert "kind" in details[1]


def test_one_record_at_fault_takes_none_of_its_batch_with_it(decisions: Engine) -> None:
    class Fragile(Locating):
        def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
            if delivery.ref.offset == 1:
                raise RuntimeError("out of order")
            return super()._locate(delivery, desk)

    batch = [delivered(raw(report(revision=n + 1)), n) for n in range(3)]
    table: dict[bytes, bytes] = {}
    topics = [out.topic for h in Fragile(decisions).handle(batch, table) for out in h.outgoing]
    assert topics == [OBSERVATIONS, REJECTED, OBSERVATIONS]
    assert table == {}, "only what has been published is kept"


def test_a_segment_whose_clock_is_past_the_present_is_told_nothing(decisions: Engine) -> None:
    table: dict[bytes, bytes] = {}
    ahead = asserted(effect(), recorded=datetime(9998, 12, 31, 23, tzinfo=UTC))
    for handled in Assessing(decisions).handle(
        [delivered(records.observation(ahead).value)], table
    ):
        handled.store(table)
    publisher: Any = None
    assert TickSource(table, publisher, lambda _key: True).due(at(days=5)) == []


async def test_a_tick_that_was_written_twice_says_nothing_again(decisions: Engine) -> None:
    first, later = (records.observation(tick(at(days=d))).value for d in (1, 2))
    publisher, _ = await run(Assessing(decisions), first, later, later)
    assert [out.topic for out in publisher.published] == [ASSESSMENTS]
