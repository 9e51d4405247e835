"""What a case is, and how large a run is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Group = Literal["count", "state", "whole", "growth", "latency", "start", "replay", "truth"]

GROUPS: dict[Group, str] = {
    "count": "Read, decode and count; one consumer, four partitions",
    "state": "Count under each record's key, with the state kept in a changelog",
    "whole": "The whole job: incidents in, alerts out",
    "growth": "How the cost grows, three sizes each",
    "latency": "From the report's time to be sent until its alert can be read",
    "start": "From start to ready with so many segments of state",
    "replay": "Replays of the log",
    "truth": "Hold the tables against the log; make them anew",
}
"""Every group of cases, in the order in which they are measured."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run measures."""

    rounds: int = 5
    incidents: int = 200_000
    """Of the traffic; all of them are counted."""
    whole: int = 20_000
    """How many of them, the first, go through the whole job."""
    growth: int = 8_000
    """How many go through it where something else is varied."""
    replay: int = 5_000
    """How many are replayed in process."""
    through_kafka: int = 300
    """How many are replayed through Kafka: each waits for its answer."""
    truth: int = 3_000
    """How many are verified and rebuilt."""
    seconds: float = 20.0
    """How long each rate of the latencies is held [s]."""


QUICK = Sizes(
    rounds=1,
    incidents=20_000,
    whole=2_000,
    growth=1_000,
    replay=500,
    through_kafka=50,
    truth=500,
    seconds=5.0,
)
"""A look at everything that says little: for trying the benchmark itself."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: what it is, its unit, and whether more of it is better."""

    words: str
    unit: str
    more_is_better: bool = False


METRICS = {
    "per_s": Metric("rate", "records/s", more_is_better=True),
    "kept_per_s": Metric("until in the changelog", "records/s", more_is_better=True),
    "incidents_per_s": Metric("incidents", "incidents/s", more_is_better=True),
    "observations_per_s": Metric("observations", "observations/s", more_is_better=True),
    "logged_bytes": Metric("in the topics", "bytes/incident"),
    "kept_bytes": Metric("in the tables", "bytes/incident"),
    "p50_ms": Metric("half within", "ms"),
    "p99_ms": Metric("99 % within", "ms"),
    "p999_ms": Metric("99.9 % within", "ms"),
    "answered": Metric("answered", "%", more_is_better=True),
    "ready_s": Metric("ready after", "s"),
    "memory_mb": Metric("memory", "MB"),
    "verify_per_s": Metric("verified", "observations/s", more_is_better=True),
    "rebuild_per_s": Metric("rebuilt", "observations/s", more_is_better=True),
    "verify_10m_h": Metric("10 million verified in (extrapolated)", "h"),
    "rebuild_10m_h": Metric("10 million rebuilt in (extrapolated)", "h"),
}
"""Every figure that a case may measure."""


@dataclass(frozen=True, slots=True)
class Changelog:
    """How a peer keeps its counts in a changelog, so that these can be checked.

    Parameters
    ----------
    topic
        Its name; ``{run}`` and ``{topic}`` stand for the case's run and the topic that it read.
    key, value
        Return the key that was counted, and its count, from a record's bytes.
    """

    topic: str
    key: Callable[[bytes], bytes]
    value: Callable[[bytes], int]


def _always() -> str | None:
    return None


def _nothing(_sizes: Sizes) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Case:
    """One peer in one group; it runs in a process of its own.

    Parameters
    ----------
    run
        module:function that gets a ``Job`` and returns what it ``Measured``.
    metrics
        What it measures, the most telling first.
    against
        The cases that its first figure is set against.
    elsewhere
        It runs in the peers' environment, where nothing of Forewarn can be imported.
    topic
        The topic of the traffic that it reads whole; what it has seen is held against that.
    options
        What it is told beside the traffic.
    missing
        Return what this machine lacks to run it, or None.
    most_rounds
        In how many rounds it takes part at most.
    """

    name: str
    group: Group
    label: str
    run: str
    metrics: tuple[str, ...] = ("per_s",)
    against: tuple[str, ...] = ()
    elsewhere: bool = False
    topic: Literal["incidents", "segments"] | None = None
    options: Callable[[Sizes], Mapping[str, Any]] = _nothing
    changelog: Changelog | None = None
    missing: Callable[[], str | None] = field(default=_always)
    most_rounds: int = 100
