"""What the broker will never take is not sent for ever: a small rejection stands for it."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
import stamina
import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

from models.engine import Engine
from schemas.rejection import Rejection, RejectReason
from schemas.topics import ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED
from services.composition import engine
from services.dead_letters import SMALL
from services.records import Delivery, Outgoing
from services.risk.agents import Publisher, Unpublishable, process
from services.risk.handlers import Handled, Handler, Locating
from services.risk.tables import Desk
from services.settings import Settings
from tests.agents.test_agents import Stream, delivered
from tests.builders import NOON, raw, report


@pytest.fixture(scope="module")
def decisions() -> Engine:
    return engine(Settings(borders=("KGZ-TJK",)))


class Strict(Publisher):
    """Stands in for a producer whose broker takes no message above ``limit``."""

    def __init__(self, limit: int, *, wrapped: bool = False, flaky: int = 0) -> None:
        self.limit = limit
        self.taken: list[Outgoing] = []
        self.refused = 0
        self._wrapped = wrapped
        self._flaky = flaky

    async def _send(self, record: Outgoing) -> Awaitable[object]:
        if self._flaky:
            self._flaky -= 1
            raise KafkaConnectionError("away")
        if record.size > self.limit and self._wrapped:
            self.refused += 1
            try:
                raise MessageSizeTooLargeError
            except KafkaError as error:
                raise ProducerSendError("wrapped") from error

        async def acknowledged() -> None:
            if record.size > self.limit:
                self.refused += 1
                raise MessageSizeTooLargeError
            self.taken.append(record)

        return acknowledged()


def out(size: int) -> Outgoing:
    return Outgoing(ASSESSMENTS, b"k", b"x" * size, (), NOON)


@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_refusal_for_good_is_not_tried_again(wrapped: bool) -> None:
    publisher = Strict(1_000, wrapped=wrapped, flaky=2)
    with (
        stamina.set_testing(True, attempts=10),
        pytest.raises(Unpublishable, match=r"for 'assessments', .* MessageSizeTooLargeError"),
    ):
        await publisher.publish([out(2_000)])
    assert publisher.refused == 1


async def run(handler: Handler, publisher: Publisher, value: bytes) -> dict[bytes, bytes]:
    table: dict[bytes, bytes] = {}
    stream: Any = Stream(value)

    async def watch(_: object) -> None:
        return None

    async with asyncio.timeout(5):
        await process(stream, INCIDENTS, handler, table, publisher, watch)
    return table


async def test_a_small_rejection_stands_for_what_the_broker_refuses_and_no_state_is_kept(
    decisions: Engine,
) -> None:
    publisher = Strict(SMALL)

    class Verbose(Locating):
        def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
            found = super()._locate(delivery, desk)
            return Handled((out(SMALL),), found.states, found.rejected)

    table = await run(Verbose(decisions), publisher, raw(report()))
    (rejected,) = publisher.taken
    assert rejected.topic is REJECTED
    said = Rejection.model_validate_json(rejected.value)
    assert (said.reason, said.value, said.cut) == (RejectReason.FAILED, raw(report()), None)
    assert "MessageSizeTooLargeError" in said.detail
    assert table == {}


async def test_a_rejection_that_the_broker_refuses_is_written_small(decisions: Engine) -> None:
    publisher = Strict(1_048_576)
    await run(Locating(decisions), publisher, b"x" * 2_000_000)
    (rejected,) = publisher.taken
    said = Rejection.model_validate_json(rejected.value)
    assert said.cut is not None
    assert said.cut.value_bytes == 2_000_000


async def test_a_broker_that_takes_nothing_is_asked_until_an_operator_has_helped(
    decisions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Strict(10)
    pauses = []

    async def helped(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            publisher.limit = SMALL

    monkeypatch.setattr("services.risk.agents.asyncio.sleep", helped)
    with structlog.testing.capture_logs() as logs:
        await run(Locating(decisions), publisher, b"{")
    assert [o.topic for o in publisher.taken] == [REJECTED]
    assert pauses == [0.0, 10.0, 10.0]
    assert sum(line["log_level"] == "critical" for line in logs) == 3


def test_what_is_larger_than_its_topic_takes_is_a_fault_of_that_record_alone(
    decisions: Engine,
) -> None:
    class Verbose(Locating):
        def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
            found = super()._locate(delivery, desk)
            return Handled((out(1_048_576),)) if delivery.ref.offset == 1 else found

    batch = [delivered(raw(report(revision=n + 1)), n) for n in range(3)]
    first, second, third = Verbose(decisions).handle(batch, {})
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
