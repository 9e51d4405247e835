"""What the worker tells Prometheus, on a port that is closed unless the settings open it.

Every metric name stands here. Nothing is registered at import, and nothing globally: whoever runs a
service makes its registry, registers what it has to tell, and serves it.
"""

import threading
from collections.abc import Iterator
from math import isnan
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from models.domain.risk import SegmentState
from models.engine import Engine
from models.escalation.drift import Reference, Verdict
from models.escalation.health import Health, Sample, examine
from services.faults import Fault
from services.settings import Metrics

log = structlog.get_logger(__name__)

WEEKS = 13
"""Over how many weeks of each segment the model's metrics are taken: a quarter of a year."""

INFO = "forewarn_model_info"
ROWS = "forewarn_model_sampled_rows"
FEATURE_PSI = "forewarn_model_feature_psi"
SCORE_PSI = "forewarn_model_score_psi"
CALIBRATION = "forewarn_model_calibration_ratio"


class PortTaken(Fault):
    """The metrics cannot be served where the settings say."""


class ModelMetrics(Collector):
    """The drift and calibration of the model that serves, over what this process has folded.

    It begins anew with each process and counts the segments that the process holds; an index
    without enough rows for a verdict, and a ratio with nothing expected, are not told. For all
    segments and any time: ``forewarn model health``.
    """

    def __init__(self, decisions: Engine, known: Reference | None) -> None:
        self._engine = decisions
        self._known = known
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
        yield self._info()
        found = self._health()
        yield _gauge(ROWS, "Rows sampled: one a segment and week.", "", {"": float(found.rows)})
        for name, what, label, drifts in (
            (FEATURE_PSI, "Population stability index of a feature.", "feature", found.features),
            (SCORE_PSI, "Population stability index of a label's score.", "label", found.scores),
        ):
            told = {d.name: d.psi for d in drifts or () if d.verdict is not Verdict.TOO_FEW}
            yield _gauge(name, f"{what} Above 0.25 it has shifted.", label, told)
        ratios = {c.label: c.ratio for c in found.calibration if not isnan(c.ratio)}
        yield _gauge(CALIBRATION, "What happened over what was forecast.", "label", ratios)

    def _info(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(INFO, "The models in use.", labels=["version", "role"])
        family.add_metric([self._engine.scorer.version, "serves"], 1)
        if self._engine.shadow is not None:
            family.add_metric([self._engine.shadow.version, "shadow"], 1)
        return family

    def _health(self) -> Health:
        """Return the health of the sample; scored again only when it has grown."""
        with self._lock:
            added, sample = self._sample.added, self._sample.forecasts()
        if self._examined is None or self._examined[0] != added:
            self._examined = added, examine(sample, self._engine.scorer, self._known)
        return self._examined[1]


def _gauge(name: str, what: str, label: str, values: dict[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=[label] if label else [])
    for value, number in values.items():
        family.add_metric([value] if label else [], number)
    return family


def serve(metrics: Metrics, *collectors: Collector) -> WSGIServer | None:
    """Serve ``collectors`` on the settings' port, in a thread, until the process ends.

    Returns the server, or None where the settings name no port.

    Raises
    ------
    PortTaken
        The port or the host is not to be had.
    """
    if metrics.port is None:
        return None
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    try:
        server, _ = start_http_server(metrics.port, metrics.host, registry)
    except OSError as error:
        msg = (
            f"FOREWARN_METRICS__PORT: cannot listen on {metrics.host}:{metrics.port}: "
            f"{error.strerror or error}; set another port, or FOREWARN_METRICS__HOST"
        )
        raise PortTaken(msg) from error
    return server
