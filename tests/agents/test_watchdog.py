"""A worker that does nothing of what waits is ended from beside it, and no other is."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition
from faust.types import TP

from services import clients
from services.clients import Unreachable
from services.risk import ending, watchdog
from services.risk.watchdog import Stalled, Watchdog
from services.settings import Kafka, Settings

HELD = TP("incidents", 0)


class App:
    """Stands in for the application: what it holds, and whether it was told to end."""

    in_recovery = rebalancing = False
    failure: Exception | None = None
    exit_code = 1

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.assignor, self.tables = loop, self, self
        self.recovery, self.left = self, 0
        self.ended: list[Exception] = []

    def assigned_actives(self) -> set[TP]:
        return {HELD, TP("t-incidents-changelog", 0)}

    def active_remaining_total(self) -> int:
        return self.left

    async def end(self, failure: Exception) -> None:
        self.ended.append(failure)


class Log:
    """Stands in for the broker: where one partition begins and ends, and what is committed."""

    def __init__(self) -> None:
        self.first, self.end = 0, 0
        self.read_end: int | None = None
        self.done: int | None = None
        self.fault: Exception | None = None
        self.looks = 0

    async def topics(self) -> set[str]:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        return {HELD.topic}

    async def beginning_offsets(self, held: list[TopicPartition]) -> dict[Any, int]:
        return dict.fromkeys(held, self.first)

    async def end_offsets(self, held: list[TopicPartition]) -> dict[Any, int]:
        return dict.fromkeys(held, self.end)

    async def committed(self, held: TopicPartition) -> int | None:
        assert held.topic == HELD.topic
        return self.done


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    found = Log()

    @asynccontextmanager
    async def consumer(_kafka: Kafka, **_: Any) -> AsyncIterator[Log]:
        yield found

    monkeypatch.setattr(clients, "consumer", consumer)
    monkeypatch.setattr(watchdog, "LOOK_S", 0.02)
    monkeypatch.setattr(watchdog, "STALLED_S", 0.2)
    monkeypatch.setattr(watchdog, "JOINING_S", 0.2)
    monkeypatch.setattr(watchdog, "CUT_S", 0.2)

    async def read_ends(_consumer: Log, held: list[TopicPartition]) -> dict[Any, int]:
        return dict.fromkeys(held, found.read_end or found.end)

    monkeypatch.setattr(watchdog, "read_ends", read_ends)
    monkeypatch.setattr(ending, "ORDERLY_S", 0.2)
    monkeypatch.setattr(ending, "end_at_once", lambda _app: None)
    return found


async def watched(app: App, log: Log, seconds: float = 0.6) -> None:
    """Let the watchdog look for a while."""
    with Watchdog(app, Settings(borders=("KGZ-TJK",))).watching():  # type: ignore[arg-type]
        await asyncio.sleep(seconds)
    assert log.looks > 2


async def test_a_worker_that_does_nothing_of_what_waits_is_ended_and_says_what_it_was_stuck_at(
    log: Log,
) -> None:
    app = App(asyncio.get_running_loop())
    log.end, log.done = 10, 4
    await watched(app, log)
    (failure,) = app.ended
    assert app.failure is failure
    assert isinstance(failure, Stalled)
    assert str(failure).startswith("incidents partition 0, where records wait: nothing has moved")


@pytest.mark.parametrize(
    ("first", "end", "done"),
    [(0, 10, 10), (0, 0, None), (7, 7, None), (7, 7, 3)],
    ids=["done", "empty", "of which nothing is left", "whose rest is gone"],
)
async def test_a_worker_for_whom_nothing_waits_goes_on(
    log: Log, first: int, end: int, done: int | None
) -> None:
    app = App(asyncio.get_running_loop())
    log.first, log.end, log.done = first, end, done
    await watched(app, log)
    assert (app.ended, app.failure) == ([], None)


async def test_a_worker_whose_log_lost_its_end_is_ended_unless_the_end_is_only_told_so(
    log: Log,
) -> None:
    app = App(asyncio.get_running_loop())
    log.end, log.read_end, log.done = 4, 10, 10
    await watched(app, log)
    assert app.ended == []
    log.read_end = 9
    await watched(app, log)
    (failure,) = app.ended
    assert str(failure).startswith("incidents partition 0, which ends before it: nothing has moved")


@pytest.mark.parametrize("what", ["in_recovery", "rebalancing"])
async def test_one_that_restores_or_joins_without_a_step_is_ended(log: Log, what: str) -> None:
    app = App(asyncio.get_running_loop())
    setattr(app, what, True)
    await watched(app, log)
    assert len(app.ended) == 1


@pytest.mark.parametrize("restores", [True, False])
@pytest.mark.parametrize("fault", [Unreachable("k:9092", "away"), RuntimeError("a fault of ours")])
async def test_while_it_cannot_be_looked_nobody_is_ended_and_afterwards_it_is_looked_again(
    log: Log, fault: Exception, *, restores: bool
) -> None:
    app = App(asyncio.get_running_loop())
    app.in_recovery = restores
    log.end, log.done, log.fault = 10, 4, fault
    with Watchdog(app, Settings(borders=("KGZ-TJK",))).watching():  # type: ignore[arg-type]
        await asyncio.sleep(0.6)
        assert app.ended == []
        log.fault = None
        await asyncio.sleep(0.6)
    assert len(app.ended) == 1


async def test_a_worker_whose_loop_is_blocked_is_ended_at_once(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(ending, "end_at_once", lambda _app: ended.set())
    app = App(asyncio.get_running_loop())
    log.end, log.done = 10, 4
    with Watchdog(app, Settings(borders=("KGZ-TJK",))).watching():  # type: ignore[arg-type]
        time.sleep(0.8)
        assert isinstance(app.failure, Stalled), "it is not ready from now on"
        assert ended.is_set()
        assert app.ended == []
