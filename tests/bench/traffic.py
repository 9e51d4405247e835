"""The traffic that all cases share: incidents on the borders of the world, as they became known."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

import numpy as np

from schemas.event import IncidentEvent
from services.records import incident, milliseconds

BUSY = 0.10
"""The share of the segments that is busy."""

BUSY_TRAFFIC = 0.90
"""The share of the incidents that lies on them."""

SEED = 20_211


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was made once: where it lies, and the bytes of its event."""

    segment: str
    at_ms: int
    incident: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Sampled:
    """One incident of the traffic: a report of the world under an id of its own."""

    segment: bytes
    at_ms: int
    key: bytes
    value: bytes

    @property
    def event(self) -> IncidentEvent:
        """The incident as what it is."""
        return IncidentEvent.model_validate_json(self.value)


def write(reports: Sequence[Report], path: Path) -> None:
    """Keep reports in a file, one a line."""
    half = path.with_suffix(".half")
    with half.open("wb") as out:
        for r in reports:
            head = f"{r.segment}\t{r.at_ms}\t{r.incident}\t".encode()
            out.write(head + r.value + b"\n")
    half.replace(path)


def read(path: Path) -> list[Report]:
    """Read what ``write`` wrote."""
    found = []
    for line in path.read_bytes().splitlines():
        segment, at_ms, incident, value = line.split(b"\t", 3)
        found.append(Report(segment.decode(), int(at_ms), incident.decode(), value))
    return found


def sample(reports: Sequence[Report], count: int, seed: int = SEED) -> list[Sampled]:
    """Return ``count`` incidents in order of time, most of them on the busiest segments.

    They are drawn with replacement: ``BUSY_TRAFFIC`` of them from the reports on the ``BUSY``
    segments with the most reports, the rest from all others. Each keeps its date. Equal seeds draw
    the same.
    """
    busy, others = _parted(reports)
    random = np.random.default_rng(seed)
    many = round(BUSY_TRAFFIC * count) if others else count
    drawn = [busy[i] for i in random.integers(len(busy), size=many)]
    drawn += [others[i] for i in random.integers(max(1, len(others)), size=count - many)]
    drawn.sort(key=lambda r: (r.at_ms, r.incident))
    return list(_copies(drawn))


def busiest(segments: Mapping[str, int]) -> set[str]:
    """Return the segments with the most incidents, ``BUSY`` of all that have any."""
    ranked = sorted(segments, key=lambda s: (-segments[s], s))
    return set(ranked[: ceil(BUSY * len(ranked))])


def digest(traffic: Sequence[Sampled]) -> str:
    """Return what tells two traffics apart."""
    found = hashlib.sha256()
    for s in traffic:
        found.update(b"%s %d %s %s\n" % (s.segment, s.at_ms, s.key, s.value))
    return found.hexdigest()


def concentration(traffic: Sequence[Sampled], reports: Sequence[Report]) -> float:
    """Return which share of the incidents lies on the segments that are busiest in ``reports``."""
    top = busiest(_counts(reports))
    return sum(s.segment.decode() in top for s in traffic) / len(traffic)


def _counts(reports: Sequence[Report]) -> Counter[str]:
    return Counter(r.segment for r in reports)


def _parted(reports: Sequence[Report]) -> tuple[list[Report], list[Report]]:
    top = busiest(_counts(reports))
    return [r for r in reports if r.segment in top], [r for r in reports if r.segment not in top]


def _copies(drawn: Sequence[Report]) -> Iterator[Sampled]:
    """Give each draw an id of its own: that of the report, and how often it was drawn before."""
    before: dict[str, int] = defaultdict(int)
    for r in drawn:
        before[r.incident] += 1
        old, new = r.incident.encode(), f"{r.incident}-{before[r.incident]}".encode()
        yield Sampled(r.segment.encode(), r.at_ms, new, r.value.replace(old, new))


def report_of(event: IncidentEvent, segment: str) -> Report:
    """Return the report of an event that lies on ``segment``."""
    value = incident(event).value
    return Report(segment, milliseconds(event.time), event.data.incident_id, value)


def dated(at_ms: int) -> str:
    """Return the day of a time, for people."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()
