"""A plain loop on aiokafka: what a service on asyncio can read without any framework."""

import uvloop
from aiokafka import AIOKafkaConsumer

from tests.bench.job import Job, Measured
from tests.bench.tally import Tally


def count(job: Job) -> Measured:
    """Decode and count all records of each fetch."""
    return uvloop.run(_count(job))


async def _count(job: Job) -> Measured:
    tally = Tally(job.records)
    consumer = AIOKafkaConsumer(
        job.incidents,
        bootstrap_servers=job.bootstrap,
        group_id=job.run,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while True:
            for tp, fetched in (await consumer.getmany(timeout_ms=1_000)).items():
                for record in fetched:
                    if tally.add(tp.partition, record.value):
                        return tally.measured()
    finally:
        await consumer.stop()
