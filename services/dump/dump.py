"""Writes every topic of the log to a folder, while everything goes on."""

from pathlib import Path

from aiokafka import ConsumerRecord

from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    DELIVERIES,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
    Topic,
)
from services.dump.files import Line, Manifest, Part, Writing, place_for, seal
from services.log import Reader, reader
from services.moments import utc_now
from services.progress import Advance
from services.settings import Settings
from services.topics import NoSuchTopic, name
from services.truth import group

ORDER = (DELIVERIES, ALERTS, ASSESSMENTS, REJECTED, OBSERVATIONS, COMMANDS, INCIDENTS)
"""What follows from others is written before them: so the dump has whatever a record rests on."""


async def dump(settings: Settings, folder: Path, advance: Advance) -> Manifest:
    """Write the log as it is now, and how far the workers had come before.

    What the workers had not come to is in the dump, and is handled after it has been loaded.

    Raises
    ------
    BadDump
        The folder holds something.
    NoSuchTopic
        A topic is not there, or hidden from this user.
    """
    place_for(folder)
    kafka = settings.kafka
    come = await group.committed(kafka, settings.worker.group)
    parts: list[Part] = []
    async with reader(kafka) as log:
        for topic in ORDER:
            if not (ends := await log.ends(topic)):
                raise NoSuchTopic(name(topic, kafka))
            for partition, end in sorted(ends.items()):
                parts.append(await _write(log, topic, partition, end, folder, advance))
    made = Manifest(
        made_at=utc_now(), partitions=kafka.partitions, committed=come, parts=tuple(parts)
    )
    seal(folder, made)
    return made


async def _write(
    log: Reader, topic: Topic, partition: int, end: int, folder: Path, advance: Advance
) -> Part:
    with Writing(folder, topic.name, partition) as file:
        async for batch in log.messages(topic, {partition: end}):
            for message in batch:
                file.add(_line(message))
            advance(f"{topic.name} {partition}", batch[-1].offset + 1, end)
    return file.part()


def _line(message: ConsumerRecord) -> Line:
    headers = tuple((key, value) for key, value in message.headers)
    return Line(message.offset, message.timestamp, message.key, message.value, headers)
