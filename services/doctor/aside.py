"""Lets what blocks run beside the checks, so that one that hangs holds up nobody."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, from a thread that the end of the program does not wait for.

    Those of ``asyncio.to_thread`` are waited for: a disk that does not answer would hold the
    command for ever, whatever its patience.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: Callable[[], T]) -> None:
        if future.done():
            return
        try:
            future.set_result(result())
        except Exception as error:
            future.set_exception(error)

    def run() -> None:
        try:
            found = work()
        except Exception as error:
            failure = error

            def result() -> T:
                raise failure
        else:

            def result() -> T:
                return found

        # The loop is closed where nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await future
