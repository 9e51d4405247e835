"""Runs a command's work so that Ctrl-C and SIGTERM let it clean up first."""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

TERMINATED = 128 + signal.SIGTERM
"""The exit code of a command that SIGTERM ended, as a shell tells it."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end.

    Raises
    ------
    SystemExit
        SIGTERM came, and the work has cleaned up: with exit code 143.
    KeyboardInterrupt
        Ctrl-C came, and the work has cleaned up.
    """
    told = False

    async def interruptible() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop() -> None:
            nonlocal told
            # A second signal must not break off the cleaning up.
            if not told and task is not None:
                told = True
                task.cancel()

        # Python lets only the main thread hear of signals.
        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGTERM, stop)
        return await work

    try:
        return asyncio.run(interruptible())
    except asyncio.CancelledError:
        if told:
            sys.exit(TERMINATED)
        raise


def steadied() -> None:
    """Let the collector of cycles look at less, less often: what a stream makes has hardly any.

    At its usual pace it takes up to a third of the time of a long run over many small objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def end_on_sigterm() -> None:
    """Let SIGTERM unwind what runs outside an event loop: files, progress bars, the cursor."""
    signal.signal(signal.SIGTERM, _end)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)
