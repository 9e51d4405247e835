"""A plain loop on the C client: the most that this machine reads in Python."""

from confluent_kafka import Consumer

from tests.bench.job import Job, Measured
from tests.bench.tally import Tally


def count(job: Job) -> Measured:
    """Decode and count records, a thousand at a time."""
    tally = Tally(job.records)
    consumer = Consumer(
        {
            "bootstrap.servers": job.bootstrap,
            "group.id": job.run,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([job.incidents])
    try:
        while True:
            for message in consumer.consume(1_000, 1.0):
                if error := message.error():
                    raise RuntimeError(error.str())
                if tally.add(message.partition(), message.value()):
                    return tally.measured()
    finally:
        consumer.close()
