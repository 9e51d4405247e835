"""The bars that a run is held against: each a figure, a direction and a target."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from tests.bench.figures import growth, ratio
from tests.bench.registry import STATES

Medians = Mapping[str, Mapping[str, float | None]]
"""The median of each figure of each case."""

Figure = Callable[[Medians], float | None]
Direction = Literal["at least", "more than", "at most", "less than"]

_REACHED: dict[Direction, Callable[[float, float], bool]] = {
    "at least": lambda found, target: found >= target,
    "more than": lambda found, target: found > target,
    "at most": lambda found, target: found <= target,
    "less than": lambda found, target: found < target,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``unit`` is that of the figure: "x" for a ratio."""

    words: str
    figure: Figure
    direction: Direction
    target: float
    unit: str = "x"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run stands to a bar; value and verdict are None for what was not measured."""

    words: str
    direction: Direction
    target: float
    unit: str
    value: float | None
    reached: bool | None


def value(case: str, metric: str) -> Figure:
    """Return the figure of a case as it is."""
    return lambda medians: medians.get(case, {}).get(metric)


def times(one: Figure, other: Figure) -> Figure:
    """Return how many times the other figure the one is."""
    return lambda medians: ratio(one(medians), other(medians))


def grows(metric: str) -> Figure:
    """Return how much dearer a segment of state is among many than among few."""
    each = [value(f"start-{segments}", metric) for segments in STATES]
    return lambda medians: growth(STATES, [figure(medians) for figure in each])


_COUNT, _STATE = value("count-forewarn", "per_s"), value("state-forewarn", "kept_per_s")
_FAUST, _AIOKAFKA = value("count-faust", "per_s"), value("count-aiokafka", "per_s")
_ONE, _TWO = value("whole-one", "incidents_per_s"), value("whole-two", "incidents_per_s")
_STOCK_HOPS = value("latency-faust", "p50_ms")
_QUIX, _QUIX_STATE = value("count-quix", "per_s"), value("state-quix", "kept_per_s")
_MEMORY = value("replay-memory", "observations_per_s")

BARS = (
    Bar("counting, to stock Faust", times(_COUNT, _FAUST), "at least", 20),
    Bar("counting, to Quix Streams", times(_COUNT, _QUIX), "more than", 1),
    Bar(
        "state, to a stock Faust table",
        times(_STATE, value("state-faust", "kept_per_s")),
        "at least",
        8,
    ),
    Bar("state, to Quix Streams with state", times(_STATE, _QUIX_STATE), "more than", 1),
    Bar("the whole job, to stock Faust that only counts", times(_ONE, _FAUST), "at least", 3),
    # 10,000 incidents/s where the loop reads 100,000 records/s, and in proportion elsewhere.
    Bar("the whole job, to a loop on aiokafka", times(_ONE, _AIOKAFKA), "at least", 0.1),
    Bar("two workers, to one", times(_TWO, _ONE), "at least", 1.6),
    Bar("latency at 100 reports/s, 99 %", value("latency-100", "p99_ms"), "less than", 150, "ms"),
    Bar(
        "latency at 10 records/s, agents that pass on, to stock Faust",
        times(value("latency-transport", "p50_ms"), _STOCK_HOPS),
        "at most",
        1,
    ),
    Bar(
        "latency at 10 reports/s, to stock Faust that only passes on",
        times(value("latency-10", "p50_ms"), _STOCK_HOPS),
        "at most",
        1,
    ),
    Bar("replay in process", _MEMORY, "at least", 100_000, "observations/s"),
    Bar("start, a segment among many to one among few", grows("ready_s"), "at most", 1.5),
    Bar("memory, a segment among many to one among few", grows("memory_mb"), "at most", 1.5),
)


def judge(medians: Medians, bars: tuple[Bar, ...] = BARS) -> list[Verdict]:
    """Return how a run stands to each bar."""
    found = []
    for bar in bars:
        figure = bar.figure(medians)
        reached = None if figure is None else _REACHED[bar.direction](figure, bar.target)
        found.append(Verdict(bar.words, bar.direction, bar.target, bar.unit, figure, reached))
    return found
