"""What a peer must have read and counted, known from the traffic alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from services.faults import Fault
from services.log import reader
from services.records import partition_of
from services.risk.fence import MARK
from services.settings import Kafka
from tests.bench.declared import Case, Changelog
from tests.bench.job import Job, Measured
from tests.bench.tally import seen
from tests.bench.traffic import Sampled


class Miscounted(Fault):
    """A peer has not read, or not counted, what was written."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What was written: in numbers for each of the two topics, and how often each segment."""

    topics: dict[str, dict[str, int]]
    counts: Counter[bytes]


def expected(traffic: Sequence[Sampled], partitions: int) -> Expected:
    """Return what a peer must see."""
    total = sum(crc32(s.key) for s in traffic)
    by_incident = Counter(partition_of(s.key, partitions) for s in traffic)
    counts = Counter(s.segment for s in traffic)
    by_segment: Counter[int] = Counter()
    for segment, number in counts.items():
        by_segment[partition_of(segment, partitions)] += number
    return Expected(
        {
            "incidents": seen(len(traffic), total, by_incident),
            "segments": seen(len(traffic), total, by_segment),
        },
        counts,
    )


async def check(
    case: Case, job: Job, measured: Measured, known: Expected, before: Measured | None, kafka: Kafka
) -> None:
    """Hold what a case has seen against what was written, or else against its round ``before``.

    Raises
    ------
    Miscounted
        They differ.
    """
    wanted = before.seen if before else {}
    if case.topic is not None:
        wanted = known.topics[case.topic]
    if wanted and measured.seen != wanted:
        msg = f"{case.name}: has seen {measured.seen}; expected {wanted}"
        raise Miscounted(msg)
    if case.changelog is not None:
        found = await _counted(case.changelog, job, kafka)
        if found != known.counts:
            off = {k: n for k in {*found, *known.counts} if (n := found[k]) != known.counts[k]}
            msg = (
                f"{case.name}: its changelog is wrong for {len(off)} keys, e.g. {min(off.items())}"
            )
            raise Miscounted(msg)


async def _counted(changelog: Changelog, job: Job, kafka: Kafka) -> Counter[bytes]:
    """Return the last count of each key in a peer's changelog."""
    name = changelog.topic.format(run=job.run, topic=job.segments)
    found: Counter[bytes] = Counter()
    async with reader(kafka) as log:
        async for batch in log.read(name, await log.ends(name)):
            for record in batch:
                # Marks of owners are no counts; only our changelogs have them.
                if record.key not in (None, MARK) and record.value is not None:
                    found[changelog.key(record.key)] = changelog.value(record.value)
    return found
