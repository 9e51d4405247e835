"""What is wanted last is done; what was overtaken never is."""

import asyncio
from typing import Any

from services.console.newest import Newest


async def test_of_what_is_wanted_while_something_is_done_only_the_last_is_done() -> None:
    done, go_on = list[int](), asyncio.Event()

    async def do(number: int) -> None:
        done.append(number)
        await go_on.wait()

    newest = Newest(do)
    running = asyncio.create_task(newest.run())
    newest.want(0)
    await asyncio.sleep(0)
    for number in range(1, 100):
        newest.want(number)
        await asyncio.sleep(0)
    assert done == [0]
    assert not newest.idle
    go_on.set()
    await idle(newest)
    assert done == [0, 99]
    running.cancel()


async def test_what_is_wanted_after_a_pause_is_done_too() -> None:
    done = list[str]()

    async def do(what: str) -> None:
        done.append(what)

    newest = Newest(do)
    running = asyncio.create_task(newest.run())
    for what in ("a", "a", "b"):
        newest.want(what)
        await idle(newest)
    assert done == ["a", "a", "b"]
    running.cancel()


async def idle(newest: Newest[Any]) -> None:
    """Wait until all that was wanted has been begun."""
    async with asyncio.timeout(5):
        while not newest.idle:
            await asyncio.sleep(0)
