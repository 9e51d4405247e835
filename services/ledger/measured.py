"""What the ledger's process tells: what it writes, and where the risk is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.segment import Segment
from schemas.topics import ASSESSMENTS
from services.ledger.levels import Stands, levels
from services.ledger.paging import Known, Positions, positions
from services.ledger.store import Batch
from services.metrics import table
from services.metrics.meters import Meters, family

TOP = 10
"""How many segments are told with their probability."""

NO_DATA = "none"
"""The level of a segment of which nothing has been said."""


class Measured:
    """Counts what is written; ``latest`` is the latest record time of it."""

    def __init__(self, meters: Meters) -> None:
        self.latest: datetime | None = None
        self._records = meters.counter(table.WRITTEN)
        self._seconds = meters.histogram(table.WRITING)
        self._heartbeat = meters.gauge(table.HEARTBEAT)

    def wrote(self, batches: Sequence[Batch], seconds: float) -> None:
        """Take in that batches have been written, and how long it took [s]."""
        self._seconds.observe(seconds)
        for batch in batches:
            self._records.labels(batch.topic).inc(batch.end - batch.start)
            for row in batch.rows:
                at: datetime = row.values["recorded_at"]
                self.latest = at if self.latest is None else max(self.latest, at)
                if batch.topic == ASSESSMENTS.name and _beats(row.values):
                    self._heartbeat.set(at.timestamp())


def _beats(values: Mapping[str, object]) -> bool:
    return values.get("traffic") == Traffic.HEARTBEAT.value


class Standing(Collector):
    """How many segments of each border are at which level, and which have the most to fear.

    It is read anew only when something has been said since.

    Parameters
    ----------
    segments
        Those of the settings' borders: as many series whatever happens on them.
    """

    def __init__(self, engine: Engine, segments: Sequence[Segment]) -> None:
        self._engine = engine
        self._border = {s.segment_id: s.border_id for s in segments}
        self._known: tuple[Positions, dict[str, Stands]] | None = None
        self._top: tuple[str, ...] = ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the counts and the highest probabilities."""
        said = self._said()
        at = Counter(
            (border, said[name].level.value if name in said else NO_DATA)
            for name, border in self._border.items()
        )
        borders = sorted(set(self._border.values()))
        every = [(b, name) for b in borders for name in (*(x.value for x in Level), NO_DATA)]
        yield family(table.SEGMENTS, {labels: float(at[labels]) for labels in every})
        chances = {n: s.escalation_14d for n, s in said.items() if n in self._border}
        self._top = top(chances, self._top)
        yield family(table.TOP, {(name,): chances[name] for name in self._top})

    def _said(self) -> dict[str, Stands]:
        now = positions(self._engine, (ASSESSMENTS.name,))
        if self._known is None or self._known[0] != now:
            self._known = now, levels(self._engine, Traffic.ACTUAL, Known(now))
        return self._known[1]


def top(chances: Mapping[str, float], before: Sequence[str], most: int = TOP) -> tuple[str, ...]:
    """Return the segments with the highest probabilities, at most ``most``.

    One that was among them stays as long as it is among twice as many, so that two that take
    turns at the edge do not begin a new series each time.
    """
    order = sorted(chances, key=lambda name: (-chances[name], name))
    kept = [name for name in order[: 2 * most] if name in before]
    new = [name for name in order if name not in kept]
    return tuple((kept + new)[:most])
