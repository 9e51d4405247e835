"""What the worker tells of its model: drift and calibration over what it has folded."""

import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from math import isnan

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from models.domain.risk import SegmentState
from models.engine import Engine
from models.escalation.artifact import Manifest
from models.escalation.drift import Drift, Verdict
from models.escalation.health import Health, Sample, examine
from services.metrics import table
from services.metrics.meters import family

log = structlog.get_logger(__name__)

WEEKS = 13
"""Over how many weeks of each segment the model's metrics are taken: a quarter of a year."""


class ModelMetrics(Collector):
    """The drift and calibration of the model that serves, over what this process has folded.

    It begins anew with each process and counts the segments that the process holds; an index
    without enough rows for a verdict, and a ratio with nothing expected, are not told. For all
    segments and any time: ``forewarn model health``.

    Parameters
    ----------
    known
        What is known of the model that decides.
    """

    def __init__(self, decisions: Engine, known: Manifest) -> None:
        self._engine = decisions
        self._known = known.reference
        last = datetime.combine(date.fromisoformat(known.last_day), time(), UTC)
        self._data_end = last.timestamp()
        self._sample = Sample(WEEKS, decisions.row)
        # Prometheus asks in a thread of its own.
        self._lock = threading.Lock()
        self._examined: tuple[int, Health] | None = None

    def saw(self, before: SegmentState | None, after: SegmentState) -> None:
        """Take in that a record moved a segment; a fault of ours here stops no record."""
        try:
            with self._lock:
                self._sample.saw(before, after)
        except Exception as error:
            log.error("metrics cannot take in a record", exc_info=error)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every metric as it stands."""
        in_use = {(self._engine.scorer.version, "serves"): 1.0}
        if self._engine.shadow is not None:
            in_use[self._engine.shadow.version, "shadow"] = 1.0
        yield family(table.MODEL, in_use)
        yield family(table.MODEL_DATA_END, {(self._engine.scorer.version,): self._data_end})
        found = self._health()
        yield family(table.MODEL_ROWS, {(): float(found.rows)})
        yield family(table.FEATURE_PSI, _told(found.features))
        yield family(table.SCORE_PSI, _told(found.scores))
        ratios = {(c.label,): c.ratio for c in found.calibration if not isnan(c.ratio)}
        yield family(table.CALIBRATION, ratios)

    def _health(self) -> Health:
        """Return the health of the sample; scored again only when it has grown."""
        with self._lock:
            added, sample = self._sample.added, self._sample.forecasts()
        if self._examined is None or self._examined[0] != added:
            self._examined = added, examine(sample, self._engine.scorer, self._known)
        return self._examined[1]


def _told(drifts: Iterable[Drift] | None) -> dict[tuple[str, ...], float]:
    return {(d.name,): d.psi for d in drifts or () if d.verdict is not Verdict.TOO_FEW}
