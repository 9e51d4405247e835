"""What every agent is: read, handle, publish, keep the state."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

import faust
import stamina
import structlog
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from faust.exceptions import ProducerSendError
from faust.types import EventT, StreamT

from schemas.base import RecordRef
from schemas.topics import TOPICS, Topic
from services import topics
from services.records import Delivery, Outgoing, milliseconds, moment
from services.risk.ending import Watch
from services.risk.handlers import Handled, Handler, unpublishable
from services.risk.tables import Table
from services.settings import Kafka

log = structlog.get_logger(__name__)

_PAUSE_S = 10.0
"""How long [s] until a broker that takes not even a small rejection is asked again."""

_HOPELESS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError)
"""What a broker answers to a record that it will never take."""


class Unpublishable(Exception):
    """The broker will never take a record, however often it is sent."""

    def __init__(self, record: Outgoing, cause: BaseException) -> None:
        super().__init__(
            f"the broker refuses a message of {record.size} bytes for '{record.topic.name}', "
            f"recorded at {record.at.isoformat()}: {type(cause).__name__}; expected a topic with "
            f"max.message.bytes={record.topic.max_message_bytes} that takes any past time"
        )


class Publisher:
    """Writes records and waits until the broker has them."""

    def __init__(self, app: faust.App, kafka: Kafka) -> None:
        self._topics = {
            t.name: app.topic(topics.name(t, kafka), key_type=bytes, value_type=bytes)
            for t in TOPICS
        }

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Write ``outgoing`` in order; return when all are acknowledged.

        It gives up on no broker: Faust takes a record whose agent raised for done, so that giving
        up would lose it. What was written before a failure is written again, the same.

        Raises
        ------
        Unpublishable
            The broker answered that it will never take one of them.
        """
        async for attempt in stamina.retry_context(
            on=(KafkaError, ProducerSendError), attempts=None, timeout=None, wait_max=10.0
        ):
            with attempt:
                sent = [(record, await self._sent(record)) for record in outgoing]
                for record, acknowledged in sent:
                    await _settled(record, acknowledged)

    async def _sent(self, record: Outgoing) -> Awaitable[object]:
        try:
            return await self._send(record)
        except (KafkaError, ProducerSendError) as error:
            _raise_if_hopeless(record, error)
            raise

    async def _send(self, record: Outgoing) -> Awaitable[object]:
        return await self._topics[record.topic.name].send(
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            timestamp=milliseconds(record.at) / 1000,
            force=True,
        )


async def _settled(record: Outgoing, acknowledged: Awaitable[object]) -> None:
    try:
        await acknowledged
    except (KafkaError, ProducerSendError) as error:
        _raise_if_hopeless(record, error)
        raise


def _raise_if_hopeless(record: Outgoing, error: BaseException) -> None:
    """Look through Faust's wrapping for what the broker, or the client in its place, answered."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _HOPELESS):
            raise Unpublishable(record, cause) from error
        cause = cause.__cause__ or cause.__context__


async def process(
    stream: StreamT[bytes],
    topic: Topic,
    handler: Handler,
    table: Table,
    publisher: Publisher,
    watch: Watch,
) -> None:
    """Handle every record of ``stream``; publish before keeping the state, watch after both."""
    async for event in stream.events():
        record = delivery(topic, event)
        for handled in handler.handle([record], table):
            done = await _published(handled, record, publisher)
            done.store(table)
            await watch(done.rejected)


async def _published(handled: Handled, record: Delivery, publisher: Publisher) -> Handled:
    """Publish what follows from ``record``, or in its place a small rejection that says why not."""
    pause = 0.0
    while True:
        try:
            await publisher.publish(handled.outgoing)
        except Unpublishable as error:
            log.critical("cannot publish", why=str(error))
            await asyncio.sleep(pause)
            handled = unpublishable(record, error)
            # Kafka's default limit is larger than this; where it is refused too, only an operator
            # can help, and the log says so each time.
            pause = _PAUSE_S
        else:
            return handled


def delivery(topic: Topic, event: EventT[bytes]) -> Delivery:
    """Return the record that a Faust event carries."""
    message = event.message
    headers = message.headers or ()
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return Delivery(
        ref=RecordRef(topic=topic.name, partition=message.partition, offset=message.offset),
        key=message.key,
        value=message.value,
        headers=tuple((name, value or b"") for name, value in pairs),
        at=moment(round(message.timestamp * 1000)),
    )
