"""Makes the metrics of the table for one process, on a registry of its own."""

from collections.abc import Mapping
from typing import Any, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics import MetricWrapperBase

from services.metrics.table import BUILD, Kind, Metric, Process

M = TypeVar("M", bound=MetricWrapperBase)
L = TypeVar("L", bound=tuple[str, ...])


class Meters:
    """The metrics of one process: each is made when it is first asked for.

    Parameters
    ----------
    version
        Of the program.
    """

    def __init__(self, process: Process, version: str) -> None:
        self.registry = CollectorRegistry()
        self._process = process
        self._made: dict[str, MetricWrapperBase] = {}
        for library in (ProcessCollector, PlatformCollector, GCCollector):
            library(registry=self.registry)
        self.gauge(BUILD).labels(process.value, version).set(1)

    def counter(self, metric: Metric) -> Counter:
        """Return a counter of the table."""
        return self._get(Counter, metric, Kind.COUNTER)

    def gauge(self, metric: Metric) -> Gauge:
        """Return a gauge of the table."""
        return self._get(Gauge, metric, Kind.GAUGE)

    def histogram(self, metric: Metric) -> Histogram:
        """Return a histogram of the table."""
        return self._get(Histogram, metric, Kind.HISTOGRAM)

    def _get(self, made_by: type[M], metric: Metric, kind: Kind) -> M:
        if metric.kind is not kind or self._process not in metric.by:
            by = ", ".join(metric.by)
            msg = f"{metric.name} is a {metric.kind} of {by}; asked for as a {kind} of "
            raise ValueError(msg + self._process)
        found = self._made.get(metric.name)
        if found is None:
            how: dict[str, Any] = {"buckets": metric.buckets} if metric.buckets else {}
            found = made_by(metric.name, metric.what, metric.labels, registry=self.registry, **how)
            self._made[metric.name] = found
        assert isinstance(found, made_by)
        return found


def family(metric: Metric, values: Mapping[L, float]) -> GaugeMetricFamily:
    """Return a gauge that is computed when Prometheus asks: its values by their labels."""
    found = GaugeMetricFamily(metric.name, metric.what, labels=metric.labels)
    for labels, value in values.items():
        found.add_metric(labels, value)
    return found
