"""Reads ``incidents.rejected`` to its end, and finds in ``incidents`` what was replayed."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from schemas.base import RecordRef
from schemas.rejection import Rejection
from schemas.topics import INCIDENTS, REJECTED, Topic
from schemas.versions import decode
from services import topics
from services.log import reader
from services.records import Delivery
from services.rejected.lineage import Source, last_source
from services.settings import Kafka

Advance = Callable[[int, int], None]
"""Is told how many records have been read, of how many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One rejection and where it stands in ``incidents.rejected``."""

    partition: int
    offset: int
    key: bytes | None
    rejection: Rejection

    @property
    def place(self) -> tuple[int, int]:
        """Partition and offset in ``incidents.rejected``."""
        return self.partition, self.offset

    @property
    def source(self) -> Source:
        """Topic, partition and offset of the record that was rejected: its identity."""
        return place_of(self.rejection.record)

    @property
    def at(self) -> datetime:
        """The record time of the rejected record, which its rejection has too."""
        return self.rejection.recorded_at

    def without_bytes(self) -> "Entry":
        """Return the entry without the original bytes, so that many fit in memory."""
        light = self.rejection.model_copy(update={"value": b""})
        return Entry(self.partition, self.offset, self.key, light)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record of ``incidents.rejected`` that this version cannot read."""

    partition: int
    offset: int
    why: str


def place_of(ref: RecordRef) -> Source:
    """Return a reference as a plain tuple, which is cheap to compare and to hold."""
    return ref.topic, ref.partition, ref.offset


async def rejections(
    kafka: Kafka, starts: Mapping[int, int] | None = None, advance: Advance | None = None
) -> AsyncGenerator[Entry | Unreadable, None]:
    """Yield what stands in ``incidents.rejected``, from ``starts`` to where it ends now."""
    async with aclosing(to_end(kafka, REJECTED, starts, advance)) as found:
        async for record in found:
            yield _decoded(record)


async def replayed(
    kafka: Kafka, starts: Mapping[int, int], advance: Advance | None = None
) -> dict[Source, Source]:
    """Return which source records have been replayed, and as which record of ``incidents``.

    Parameters
    ----------
    starts
        The offset to read from by partition; ``lineage.scan_from`` says what is enough.
    """
    found: dict[Source, Source] = {}
    async for record in to_end(kafka, INCIDENTS, starts, advance):
        source = last_source(record.headers)
        if source is not None:
            found.setdefault(source, place_of(record.ref))
    return found


async def to_end(
    kafka: Kafka,
    topic: Topic,
    starts: Mapping[int, int] | None = None,
    advance: Advance | None = None,
) -> AsyncGenerator[Delivery, None]:
    """Yield the raw records of ``topic`` up to where each partition ends now.

    Parameters
    ----------
    starts
        The offset to read from, for each partition to read; None reads all of them whole.

    Raises
    ------
    NoSuchTopic
        The topic is not there.
    """
    if starts is not None and not starts:
        return
    async with reader(kafka) as log:
        ends = await log.ends(topic)
        if not ends:
            raise topics.NoSuchTopic(topics.name(topic, kafka))
        until = {p: end for p, end in ends.items() if starts is None or p in starts}
        total, done = sum(max(0, e - (starts or {}).get(p, 0)) for p, e in until.items()), 0
        async for batch in log.read(topic, until, starts):
            for delivery in batch:
                yield delivery
            done += len(batch)
            if advance is not None:
                advance(done, total)


def _decoded(record: Delivery) -> Entry | Unreadable:
    place = record.ref.partition, record.ref.offset
    try:
        return Entry(*place, record.key, decode(REJECTED, record.value or b""))
    except ValueError as error:
        return Unreadable(*place, str(error).splitlines()[0])
