"""Faust's Kafka transport: a fetch that answers soon, any header, and tables restored whole."""

from collections.abc import Mapping, Sequence
from typing import cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from services import log, odd_headers
from services.settings import FETCH_WAIT_MS

SCHEME = "forewarn"
"""The scheme of broker URLs that stands for this transport in Faust's registry."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Reads as Faust does; only the broker may hold a fetch less long."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        odd_headers.let_through()
        return _answering_soon(super()._create_worker_consumer(transport))

    async def _highwaters(self, partitions: Sequence[TP]) -> Mapping[TP, int]:
        """Return where changelogs end, by a consumer of its own: tables are restored up to there.

        What a broker answers when it is asked is not enough, see ``services.log.ends``.
        """
        places = [TopicPartition(*tp) for tp in partitions]
        if not places:
            return {}
        transport = cast(driver.Transport, self.transport)
        consumer = _answering_soon(self._create_client_consumer(transport))
        await consumer.start()
        try:
            found = await log.ends(consumer, places)
        finally:
            await consumer.stop()
        return {TP(*tp): end for tp, end in found.items()}


def _answering_soon(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    # Faust fixes this at 1.5 s and offers no setting for it.
    consumer._fetch_max_wait_ms = FETCH_WAIT_MS
    return consumer


class Consumer(driver.Consumer):
    """The consumer that runs on ``ConsumerThread``."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class Transport(driver.Transport):
    """The transport that Faust finds by ``SCHEME``."""

    Consumer = Consumer
