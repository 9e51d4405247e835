"""What the broker will never take is not sent for ever: a small rejection stands for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import structlog
from aiokafka.errors import MessageSizeTooLargeError

from models.engine import Engine
from schemas.rejection import Rejection, RejectReason
from schemas.topics import ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED
from services.dead_letters import SMALL
from services.records import Delivery, Outgoing
from services.risk.agents import process
from services.risk.appending import Appender, Refused, Row
from services.risk.handled import Handled
from services.risk.handlers import Handler, Locating
from services.risk.publisher import Publisher, Unpublishable
from services.risk.tables import Desk
from services.settings import Kafka
from tests.agents.fakes import Bearing, Held, Stream, batch
from tests.agents.test_agents import delivered
from tests.builders import NOON, raw, report


class Strict(Appender):
    """Stands in for a broker that takes no message above ``limit``."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken: list[tuple[str, Row]] = []
        self.refused = 0

    async def partitions(self, topic: str) -> int:  # noqa: ARG002
        return 1

    async def append(
        self,
        topic: str,
        partition: int,  # noqa: ARG002
        rows: Sequence[Row],
        most: int,  # noqa: ARG002
    ) -> int:
        for number, row in enumerate(rows):
            if 128 + len(row[1] or b"") > self.limit:
                self.refused += 1
                raise Refused(number, MessageSizeTooLargeError())
            self.taken.append((topic, row))
        return len(self.taken) - 1

    @property
    def said(self) -> list[Rejection]:
        """What of it is a rejection."""
        return [
            Rejection.model_validate_json(row[1] or b"")
            for topic, row in self.taken
            if topic == REJECTED.name
        ]


def out(size: int) -> Outgoing:
    return Outgoing(ASSESSMENTS, b"k", b"x" * size, (), NOON)


async def test_a_refusal_for_good_names_the_record_and_is_not_tried_again() -> None:
    broker = Strict(1_000)
    with pytest.raises(
        Unpublishable, match=r"of 2\d{3} bytes for 'assessments', .* MessageSizeToo"
    ):
        await Publisher(broker, Kafka()).publish([out(10), out(2_000)])
    assert broker.refused == 1


async def run(handler: Handler, broker: Strict, *values: bytes) -> tuple[Held, Bearing]:
    """Return what was kept and watched after one batch of ``values``."""
    states, stream, watch = Held(), Stream(batch(*values)), Bearing()
    faked: Any = stream, watch
    async with asyncio.timeout(5):
        publisher = Publisher(broker, Kafka())
        await process(faked[0], INCIDENTS, handler, states, publisher, faked[1])
    assert stream.acknowledged == [len(values)]
    return states, watch


async def test_a_small_rejection_stands_for_what_the_broker_refuses_and_no_state_is_kept(
    decisions: Engine,
) -> None:
    broker = Strict(SMALL)
    states, watch = await run(Verbose(decisions, {0}), broker, raw(report()))
    (said,) = broker.said
    assert len(broker.taken) == 1
    assert (said.reason, said.value, said.cut) == (RejectReason.FAILED, raw(report()), None)
    assert "MessageSizeTooLargeError" in said.detail
    assert (states.held, watch.told) == ({}, [RejectReason.FAILED])


class Verbose(Locating):
    """Says too much of the records at some offsets."""

    def __init__(self, engine: Engine, offsets: set[int]) -> None:
        super().__init__(engine)
        self._offsets = offsets

    def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
        found = super()._locate(delivery, desk)
        if delivery.ref.offset not in self._offsets:
            return found
        return Handled((out(SMALL),), found.states, found.rejected)


@pytest.mark.parametrize("bad", [{0}, {5}, {8}, {3, 4}, set(range(9))])
async def test_what_the_broker_refuses_harms_no_other_record_of_its_batch(
    decisions: Engine, bad: set[int]
) -> None:
    broker = Strict(SMALL)
    values = [raw(report(incident_id=f"I-{n}")) for n in range(9)]

    class Keyed(Verbose):
        """Knows each incident by the number of its record."""

        def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
            key = f"I-{delivery.ref.offset}".encode()
            return super()._locate(replace(delivery, key=key), desk)

    states, watch = await run(Keyed(decisions, bad), broker, *values)
    assert {said.record.offset for said in broker.said} == bad
    assert len(broker.said) == len(bad), "each is rejected once"
    assert set(states) == {f"I-{n}".encode() for n in range(9) if n not in bad}
    assert watch.told == [RejectReason.FAILED if n in bad else None for n in range(9)]
    # Some are written more than once until the culprit is found, all as often as it takes.
    assert len(broker.taken) <= 4 * len(values)


async def test_a_batch_that_is_refused_throughout_is_not_tried_over_and_over(
    decisions: Engine,
) -> None:
    broker, count = Strict(SMALL), 64
    await run(Verbose(decisions, set(range(count))), broker, *[raw(report())] * count)
    assert len(broker.said) == count
    assert broker.refused <= 3 * count


async def test_a_rejection_that_the_broker_refuses_is_written_small(decisions: Engine) -> None:
    broker = Strict(1_048_576)
    await run(Locating(decisions), broker, b"x" * 2_000_000)
    (said,) = broker.said
    assert said.cut is not None
    assert said.cut.value_bytes == 2_000_000


async def test_a_broker_that_takes_nothing_is_asked_until_an_operator_has_helped(
    decisions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Strict(10)
    pauses = []

    async def helped(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            broker.limit = SMALL

    monkeypatch.setattr("services.risk.agents.asyncio.sleep", helped)
    with structlog.testing.capture_logs() as logs:
        await run(Locating(decisions), broker, b"{")
    assert [topic for topic, _ in broker.taken] == [REJECTED.name]
    assert pauses == [0.0, 10.0, 10.0]
    assert sum(line["log_level"] == "critical" for line in logs) == 3


def test_what_is_larger_than_its_topic_takes_is_a_fault_of_that_record_alone(
    decisions: Engine,
) -> None:
    class Larger(Locating):
        def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
            found = super()._locate(delivery, desk)
            return Handled((out(1_048_576),)) if delivery.ref.offset == 1 else found

    deliveries = [delivered(raw(report(revision=n + 1)), n) for n in range(3)]
    first, second, third = Larger(decisions).handle(deliveries, {})
    assert first.outgoing[0].topic is third.outgoing[0].topic is OBSERVATIONS
    assert second.rejected is RejectReason.FAILED
    assert "'assessments'" in Rejection.model_validate_json(second.outgoing[0].value).detail


def test_a_log_line_names_some_of_the_unknown_fields_and_counts_all(decisions: Engine) -> None:
    unknown = {f"field-{n}" + "x" * 300: 1 for n in range(1_000)}
    with structlog.testing.capture_logs() as logs:
        Locating(decisions).handle([delivered(raw(report(), **unknown))], {})
    (line,) = [entry for entry in logs if entry["event"] == "unknown fields ignored"]
    assert (line["count"], len(line["fields"])) == (1_000, 20)
    assert max(map(len, line["fields"])) == 200
