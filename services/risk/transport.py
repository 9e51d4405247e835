"""Faust's Kafka transport: a fetch that answers soon, and records with any header."""

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver

from services import odd_headers
from services.settings import FETCH_WAIT_MS

SCHEME = "forewarn"
"""The scheme of broker URLs that stands for this transport in Faust's registry."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Reads as Faust does; only the broker may hold a fetch less long."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        odd_headers.let_through()
        consumer = super()._create_worker_consumer(transport)
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
