"""Pages that read leave threads to who publishes."""

import asyncio
import threading

from fastapi import FastAPI

from services.console.room import MOST_READING, Room


async def test_so_many_pages_read_at_once_and_the_others_in_their_turn() -> None:
    room, goes_on = Room(FastAPI()), threading.Event()
    running: list[int] = []

    def reading(page: int) -> int:
        running.append(page)
        goes_on.wait(30)
        return page

    pages = [asyncio.ensure_future(room.read(reading, page)) for page in range(8)]
    async with asyncio.timeout(30):
        while len(running) < MOST_READING:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(running) == MOST_READING
        # Who goes away gives no turn back while the thread goes on.
        pages[0].cancel()
        await asyncio.sleep(0.1)
        assert len(running) == MOST_READING
        goes_on.set()
        assert await asyncio.gather(*pages[1:]) == list(range(1, 8))
