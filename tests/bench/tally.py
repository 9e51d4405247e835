"""Decodes, counts and times records, the same for every peer; needs orjson and nothing else."""

import time
from collections import Counter
from zlib import crc32

import orjson

from tests.bench.job import Measured, peak_rss_mb, startup


def decode(value: bytes) -> str:
    """Return the incident of a record."""
    found: str = orjson.loads(value)["data"]["incident_id"]
    return found


class Tally:
    """Counts the records of each partition, from the first to the last of ``expected``.

    The sum of the incidents' checksums tells that each was read once: a record that is missing or
    comes twice makes another sum.
    """

    def __init__(self, expected: int) -> None:
        self.partitions: Counter[int] = Counter()
        self._expected = expected
        self._sum = 0
        self._count = 0
        self._first: float | None = None
        self._last = 0.0
        self._kept: float | None = None

    def add(self, partition: int, value: bytes) -> bool:
        """Count one record; tell whether it was the last."""
        if self._first is None:
            self._first = time.monotonic()
        self._sum += crc32(decode(value).encode())
        self.partitions[partition] += 1
        self._count += 1
        if self._count < self._expected:
            return False
        self._last = time.monotonic()
        return True

    def kept(self) -> None:
        """Take the time at which the broker has the state that the records led to."""
        self._kept = time.monotonic()

    def measured(self) -> Measured:
        """Return the rate and what was seen."""
        first = self._last if self._first is None else self._first
        ends = {"per_s": self._last, "kept_per_s": self._kept}
        return Measured(
            values={m: self._count / (t - first) for m, t in ends.items() if t is not None},
            seen=seen(self._count, self._sum, self.partitions),
            startup_s=startup(first),
            rss_mb=peak_rss_mb(),
        )


def seen(count: int, total: int, partitions: Counter[int]) -> dict[str, int]:
    """Return in numbers what was read."""
    each = {f"partition_{number}": count for number, count in sorted(partitions.items())}
    return {"records": count, "checksum": total, **each}
