"""What the worker tells of rebalances: how long each part took, and whether one goes on."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from services.metrics.meters import Meters
from services.metrics.table import Process
from services.risk.sensor import Sensor


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    found = SimpleNamespace(now=100.0)
    monkeypatch.setattr("services.risk.sensor.time.monotonic", lambda: found.now)
    return found


APP: Any = SimpleNamespace(
    assignor=SimpleNamespace(
        assigned_actives=lambda: {TP("incidents", 0), TP("incidents", 1), TP("commands", 0)}
    )
)


def test_a_rebalance_and_the_restore_after_it_are_timed_apart(clock: SimpleNamespace) -> None:
    meters = Meters(Process.WORKER, "1")
    sensor = Sensor(meters)
    value = meters.registry.get_sample_value
    clock.now += 2
    assert sensor.why_not() == "joining its group for 2 s"
    state = sensor.on_rebalance_start(APP)
    clock.now += 3
    sensor.on_rebalance_return(APP, state)
    assert value("forewarn_rebalance_seconds_sum") == 3
    clock.now += 7
    assert sensor.why_not() == "restoring its tables for 12 s"
    assert value("forewarn_restoring_seconds") == 12
    sensor.on_rebalance_end(APP, state)
    assert value("forewarn_restore_seconds_sum") == 7
    assert sensor.why_not() is None
    assert value("forewarn_restoring_seconds") == 0
    assert value("forewarn_assigned_partitions", {"topic": "incidents"}) == 2


def test_a_worker_that_rebalances_again_is_not_ready_again(clock: SimpleNamespace) -> None:
    sensor = Sensor(Meters(Process.WORKER, "1"))
    sensor.on_rebalance_end(APP, sensor.on_rebalance_start(APP))
    assert sensor.why_not() is None
    sensor.on_rebalance_start(APP)
    clock.now += 1
    assert sensor.why_not() == "joining its group for 1 s"


def test_commits_are_timed(clock: SimpleNamespace) -> None:
    meters = Meters(Process.WORKER, "1")
    sensor = Sensor(meters)
    consumer: Any = object()
    state = sensor.on_commit_initiated(consumer)
    clock.now += 0.25
    sensor.on_commit_completed(consumer, state)
    assert meters.registry.get_sample_value("forewarn_commit_seconds_sum") == 0.25
