"""What the worker writes in its log as a member of its group: who reads on, and after how long."""

import time
from collections import defaultdict
from typing import Any

import faust
import structlog
from faust.types import AppT

log = structlog.get_logger(__name__)


class Telling(faust.Sensor):
    """Faust tells it of each step; every duration is by a clock that only goes forward."""

    def on_rebalance_start(self, app: AppT) -> dict[str, Any]:  # noqa: ARG002
        """Say that partitions are about to be given out anew."""
        log.info("rebalancing")
        return {"began": time.monotonic()}

    def on_rebalance_end(self, app: AppT, state: dict[str, Any]) -> None:
        """Say that tables are restored and records flow, and what is held of how many states."""
        partitions: defaultdict[str, list[int]] = defaultdict(list)
        for tp in sorted(app.assignor.assigned_actives()):
            partitions[tp.topic].append(tp.partition)
        log.info(
            "works",
            after_s=round(time.monotonic() - state["began"], 1),
            partitions=partitions,
            states={str(name): len(table) for name, table in app.tables.items()},
        )
