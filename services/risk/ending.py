"""Ends the worker, in order and for a named reason: too many rejects, or a fault of its own."""

import asyncio
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

import faust
import structlog

from schemas.rejection import RejectReason
from services.risk.limit import RejectLimit, TooManyRejects
from services.settings import Kafka

DATA_AT_FAULT = 65
"""The exit code of a worker that stopped for too many rejects: EX_DATAERR of sysexits.h."""

ORDERLY_S = 20.0
"""How long an orderly end may take [s]: less than a supervisor waits before it kills."""

LEAVES_S = 5.0
"""How long a thread may keep the process once all else in it has ended [s]."""

log = structlog.get_logger(__name__)


class RiskApp(faust.App):
    """A Faust application that can end its worker; ``failure`` then says why."""

    kafka: Kafka
    """The cluster, for what goes below Faust."""
    failure: Exception | None = None
    _ends = False

    @property
    def exit_code(self) -> int:
        """What a worker ends with that ends by itself; starting it again helps against 1 alone."""
        return DATA_AT_FAULT if isinstance(self.failure, TooManyRejects) else 1

    async def stop(self) -> None:
        """Stop in order, or at once where that takes too long.

        What an agent has in hand waits for the broker; one that is away would keep the process
        for ever. What is not done is not committed, and is read again by whoever comes next.
        """
        late = after(ORDERLY_S, end_at_once, self)
        try:
            await super().stop()
        finally:
            late.cancel()

    async def end(self, failure: Exception) -> None:
        """Stop the worker as SIGTERM does; return once no agent gets another record.

        An agent that raised would be restarted with the next record, and ``App.crash`` cancels
        the other agents within a record that Faust then takes for done. An orderly stop first
        suspends the streams, waits for what every agent has in hand, and commits exactly that.
        """
        if not self._ends:
            self._ends = True
            self.failure = self.failure or failure
            log.critical("worker ends", why=str(failure))
            signal.raise_signal(signal.SIGTERM)
        # The streams are suspended in the same step of the loop that marks the app as stopped.
        await self.wait_until_stopped()


def after(seconds: float, end: Callable[[Any], None], told: Any) -> threading.Timer:
    """Call ``end`` later from beside the loop, unless the timer is cancelled or all has ended."""
    late = threading.Timer(seconds, end, (told,))
    late.daemon = True
    late.start()
    return late


def end_at_once(app: RiskApp) -> None:
    """End the process as it is: the rest is read again by whoever comes next."""
    try:
        tasks = [" < ".join(_places(task.get_coro())) for task in asyncio.all_tasks(app.loop)]
        log.critical(
            "worker ends at once",
            why=f"it did not end in order within {ORDERLY_S:.0f} s",
            threads=_threads(),
            waiting=sorted(tasks),
        )
    finally:
        os._exit(app.exit_code)


@contextmanager
def leaving() -> Iterator[None]:
    """End the process soon after what is done in this context has ended the program.

    The thread of a consumer that waits for its broker, or for a loop that is closed by now, cannot
    be ended; Python would wait for it for ever, and no supervisor would start the worker anew.
    """
    try:
        yield
    except SystemExit as ended:
        after(LEAVES_S, _leave, ended.code)
        raise


def _leave(code: int) -> None:
    try:
        log.warning("worker leaves a thread behind", threads=_threads())
    finally:
        os._exit(code)


def _threads() -> dict[str, str]:
    """Return where each thread is, the outermost function first."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return {
        names.get(ident, str(ident)): " < ".join(
            _place(at.name, at.filename, at.lineno) for at in traceback.extract_stack(frame)[-3:]
        )
        for ident, frame in sys._current_frames().items()
    }


def _places(awaited: Any) -> Iterator[str]:
    """Yield where a coroutine waits, the outermost function first."""
    while frame := getattr(awaited, "cr_frame", None):
        yield _place(frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno)
        awaited = awaited.cr_await


def _place(function: str, file: str, line: int | None) -> str:
    return f"{function} ({PurePath(file).name}:{line})"


class Watch:
    """Counts an agent's rejects, and ends the worker when they pass ``limit``.

    An agent asks it before it publishes how much it may do, and tells it afterwards what it did:
    the record at which the worker stops is thus done, and none after it.
    """

    def __init__(self, app: RiskApp, limit: RejectLimit) -> None:
        self._app = app
        self._limit = limit

    def borne(self, reasons: Sequence[RejectReason | None]) -> int:
        """Return how many of the next records may be done: up to that which passes the limit.

        ``reasons`` are why each is rejected, None where it is not.
        """
        return self._limit.borne(reasons)

    async def goes_on(self, reasons: Sequence[RejectReason | None]) -> bool:
        """Count records that are done; return False once no agent gets another one."""
        try:
            for reason in reasons:
                self._limit.saw(reason)
        except TooManyRejects as error:
            await self._app.end(error)
            return False
        return True

    async def failed(self, error: Exception) -> None:
        """End the worker for a fault of its own; return once no agent gets another record."""
        log.error("agent failed", exc_info=error)
        await self._app.end(error)
