"""What the worker tells of itself as a member of its group: rebalances, restores, commits."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import faust
from faust.types import AppT
from faust.types.transports import ConsumerT
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.metrics import table
from services.metrics.meters import Meters, family


class Sensor(faust.Sensor, Collector):
    """Faust tells it of each step; every time is one of a clock that only goes forward."""

    def __init__(self, meters: Meters, **rest: Any) -> None:
        super().__init__(**rest)
        self._rebalances = meters.histogram(table.REBALANCES)
        self._restores = meters.histogram(table.RESTORES)
        self._commits = meters.histogram(table.COMMITS)
        self._app: AppT | None = None
        self._assigned_at: float | None = None
        self._waits_since: float | None = time.monotonic()
        meters.registry.register(self)

    def why_not(self) -> str | None:
        """Tell why no records flow: the group rebalances, or tables are restored; None: they do."""
        if self._waits_since is None:
            return None
        doing = "joining its group" if self._assigned_at is None else "restoring its tables"
        return f"{doing} for {time.monotonic() - self._waits_since:.0f} s"

    def on_rebalance_start(self, app: AppT) -> dict[str, Any]:
        """Note that partitions are about to be given out anew."""
        self._app, self._assigned_at = app, None
        began = time.monotonic()
        if self._waits_since is None:
            self._waits_since = began
        return {"began": began}

    def on_rebalance_return(self, app: AppT, state: dict[str, Any]) -> None:
        """Note that the partitions are given out: what follows is restoring."""
        self._app, self._assigned_at = app, time.monotonic()
        self._rebalances.observe(self._assigned_at - state["began"])

    def on_rebalance_end(self, app: AppT, state: dict[str, Any]) -> None:
        """Note that records flow again."""
        self._app = app
        self._restores.observe(time.monotonic() - (self._assigned_at or state["began"]))
        self._waits_since = None

    def on_commit_initiated(self, consumer: ConsumerT) -> Any:  # noqa: ARG002
        """Note that offsets are about to be committed."""
        return time.monotonic()

    def on_commit_completed(self, consumer: ConsumerT, state: Any) -> None:  # noqa: ARG002
        """Note that they are."""
        self._commits.observe(time.monotonic() - state)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield what this worker reads now, and since when it cannot."""
        since = self._waits_since
        waits = 0.0 if since is None else time.monotonic() - since
        yield family(table.RESTORING, {(): waits})
        held = self._app.assignor.assigned_actives() if self._app is not None else ()
        counts = Counter(tp.topic for tp in held)
        yield family(table.PARTITIONS, {(topic,): float(n) for topic, n in counts.items()})
