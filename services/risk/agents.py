"""What every agent is: read, handle, publish, keep the state."""

from collections.abc import Awaitable, Mapping, Sequence

import faust
import stamina
from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from faust.types import EventT, StreamT

from schemas.base import RecordRef
from schemas.topics import TOPICS, Topic
from services import topics
from services.records import Delivery, Outgoing, milliseconds, moment
from services.risk.ending import Watch
from services.risk.handlers import Handler
from services.risk.tables import Table
from services.settings import Kafka


class Publisher:
    """Writes records and waits until the broker has them."""

    def __init__(self, app: faust.App, kafka: Kafka) -> None:
        self._topics = {
            t.name: app.topic(topics.name(t, kafka), key_type=bytes, value_type=bytes)
            for t in TOPICS
        }

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Write ``outgoing`` in order; return when all are acknowledged.

        It never gives up: Faust takes a record whose agent raised for done, so that giving up
        would lose it. What was written before a failure is written again, the same.
        """
        async for attempt in stamina.retry_context(
            on=(KafkaError, ProducerSendError), attempts=None, timeout=None, wait_max=10.0
        ):
            with attempt:
                for acknowledged in [await self._send(record) for record in outgoing]:
                    await acknowledged

    async def _send(self, record: Outgoing) -> Awaitable[object]:
        return await self._topics[record.topic.name].send(
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            timestamp=milliseconds(record.at) / 1000,
            force=True,
        )


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
        for handled in handler.handle([delivery(topic, event)], table):
            await publisher.publish(handled.outgoing)
            handled.store(table)
            await watch(handled.rejected)


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
