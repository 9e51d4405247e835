"""Publishes what agents have to say, and waits until the broker has it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import randrange

from schemas.topics import ASSESSMENTS, Topic
from services import topics
from services.records import Outgoing, milliseconds, partition_of
from services.risk.appending import Appender, Refused
from services.settings import Kafka

_BATCH_BYTES = 524_288
"""Most bytes that are sent to a partition at once; below what any topic takes of a batch."""

_Place = tuple[Topic, int]
"""A topic and a partition of it."""


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

    def __init__(self, appender: Appender, kafka: Kafka) -> None:
        self._appender = appender
        self._kafka = kafka

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Write ``outgoing``; return when all are acknowledged.

        Each partition gets its records in order, and assessments come last: whoever sees one knows
        that its alert has been published. It gives up on no broker: a record that an agent gave up
        would be lost. What a failure leaves in doubt is written again, the same.

        Raises
        ------
        Unpublishable
            The broker answered that it will never take one of them; others may have been written.
        """
        for stage in _stages(outgoing):
            parted = await self._parted(stage)
            writing = (self._append(*place, said) for place, said in parted.items())
            for result in await asyncio.gather(*writing, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result

    async def _parted(self, outgoing: Sequence[Outgoing]) -> dict[_Place, list[Outgoing]]:
        """Return the records of each partition: the one that any client of Kafka gives the key."""
        found: dict[_Place, list[Outgoing]] = defaultdict(list)
        counts: dict[Topic, int] = {}
        for record in outgoing:
            topic, key = record.topic, record.key
            if topic not in counts:
                counts[topic] = await self._appender.partitions(topics.name(topic, self._kafka))
            count = counts[topic]
            # A record without a key may go anywhere.
            at = randrange(count) if key is None else partition_of(key, count)  # noqa: S311
            found[topic, at].append(record)
        return found

    async def _append(self, topic: Topic, partition: int, outgoing: list[Outgoing]) -> None:
        rows = [(o.key, o.value, list(o.headers), milliseconds(o.at)) for o in outgoing]
        name = topics.name(topic, self._kafka)
        try:
            await self._appender.append(name, partition, rows, _BATCH_BYTES)
        except Refused as refused:
            raise Unpublishable(outgoing[refused.row], refused.cause) from refused


def _stages(outgoing: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Yield what is published before the next may be."""
    for last in (False, True):
        if stage := [o for o in outgoing if (o.topic is ASSESSMENTS) == last]:
            yield stage
