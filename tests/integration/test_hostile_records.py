"""Records that no sane producer writes: each is folded or kept, and the next one is processed."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError
from aiokafka.producer import message_accumulator
from aiokafka.producer import producer as producer_module
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from services import topics
from services.local.broker import BrokerKind
from services.local.environment import environment
from services.odd_batches import LARGEST_BATCH
from services.records import milliseconds
from services.settings import Settings
from services.terminal import Terminal
from services.truth import command
from tests.builders import raw, report
from tests.conftest import kind_under_test
from tests.integration.conftest import Start
from tests.integration.test_main_job import read_back

pytestmark = pytest.mark.asyncio(loop_scope="session")

Headers = Sequence[tuple[str, bytes]]


async def send(
    settings: Settings,
    value: bytes | None,
    *,
    key: bytes = b"I-1",
    codec: str | None = None,
    headers: Headers = (),
    at: datetime | None = None,
) -> None:
    """Write one record to ``incidents`` as a producer with these options would."""
    producer = AIOKafkaProducer(
        **settings.kafka.client_options(), max_request_size=2**28, compression_type=codec
    )
    await producer.start()
    try:
        name = topics.name(INCIDENTS, settings.kafka)
        timestamp = None if at is None else milliseconds(at)
        await producer.send_and_wait(
            name, value, key=key, headers=list(headers), timestamp_ms=timestamp
        )
    finally:
        await producer.stop()


async def test_a_report_is_folded_whatever_it_is_compressed_with(
    settings: Settings, start: Start
) -> None:
    codecs = ("gzip", "snappy", "lz4", "zstd")
    async with start():
        for codec in codecs:
            await send(settings, raw(report(incident_id=codec)), key=codec.encode(), codec=codec)
        observed = await read_back(settings, OBSERVATIONS, len(codecs))
    assert {o.value.effect.incident_id for o in observed} == set(codecs)


async def test_what_fits_no_rejection_is_kept_in_part_and_the_next_report_is_processed(
    settings: Settings, start: Start
) -> None:
    large = b"A" * 30_000_000
    async with start():
        await send(settings, large, codec="gzip")
        await send(settings, b"{}", headers=[("\x01" * 5_000_000, b"")])
        await send(settings, raw(report()))
        (observation,) = await read_back(settings, OBSERVATIONS, 1)
        value, header = (r.value for r in await read_back(settings, REJECTED, 2))
    assert observation.value.cause.offset == 2
    assert (value.reason, value.record.offset) == (RejectReason.TOO_LARGE, 0)
    assert large.startswith(value.value)
    assert value.cut.value_bytes == len(large)
    assert value.cut.value_sha256 == sha256(large).hexdigest()
    assert (header.reason, header.value) == (RejectReason.NOT_A_CLOUDEVENT, b"{}")
    assert header.cut.headers_bytes == 5_000_000


async def test_a_batch_that_unpacks_to_more_than_memory_should_hold_is_passed_unopened(
    settings: Settings, start: Start
) -> None:
    async with start():
        await send(settings, bytes(LARGEST_BATCH + 1), codec="zstd")
        await send(settings, raw(report()))
        (observation,) = await read_back(settings, OBSERVATIONS, 1)
        (rejection,) = (r.value for r in await read_back(settings, REJECTED, 1))
    assert observation.value.cause.offset == 1
    assert (rejection.reason, rejection.record.offset) == (RejectReason.TOO_LARGE, 0)
    assert "more than 128 MiB" in rejection.detail
    assert rejection.value == b""


async def test_a_header_name_that_is_no_text_stops_nothing(
    settings: Settings, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(str):
        def encode(self, *_: Any) -> bytes:
            return b"\xff\xfe"

    # The builder in C encodes a name by itself.
    for module in (message_accumulator, producer_module):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
    async with start():
        await send(settings, raw(report()), headers=[(Odd("x"), b"1")])
        await send(settings, b"{}", headers=[(Odd("x"), b"1")])
        await send(settings, raw(report(revision=2, deaths=0)))
        first, second = await read_back(settings, OBSERVATIONS, 2)
        (rejected,) = await read_back(settings, REJECTED, 1)
    assert [first.value.cause.offset, second.value.cause.offset] == [0, 2]
    assert (rejected.value.record.offset, rejected.value.headers) == (1, (("\\xff\\xfe", b"1"),))
    # Tansu tells no group's offsets in a form that aiokafka reads.
    if kind_under_test() is BrokerKind.KAFKA:
        verdict = await command.verify(settings, Terminal(quiet=True))
        assert verdict.first is None
        assert verdict.records[INCIDENTS.name] == 3


@pytest.mark.skipif(kind_under_test() is not BrokerKind.KAFKA, reason="Tansu bounds no timestamp")
async def test_the_log_takes_no_record_of_the_future_and_any_of_the_past(
    settings: Settings, start: Start
) -> None:
    async with start():
        with pytest.raises(InvalidTimestampError):
            await send(settings, raw(report()), at=datetime(2100, 1, 1, tzinfo=UTC))
        past = datetime(1989, 1, 1, tzinfo=UTC)
        await send(settings, raw(report(start=past)), at=past)
        (observation,) = await read_back(settings, OBSERVATIONS, 1)
    assert observation.value.recorded_at == past


async def test_a_topic_is_printed_as_it_stands_whatever_is_in_it(settings: Settings) -> None:
    await topics.ensure(settings.kafka)
    for value in (b"not json", b"\xff{}", None, b'{"a": 1}'):
        await send(settings, value)
    command = (sys.executable, "-m", "services.cli", "topics", "tail", "incidents")
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            lines = [await process.stdout.readline() for _ in range(4)]
    finally:
        process.terminate()
        await process.communicate()
    assert [line.decode() for line in lines] == [
        "not json\n",
        "\ufffd{}\n",
        "null\n",
        '{"a": 1}\n',
    ]
