"""Keeps a page up to date: looks when an alert has come, and each second for what none tells."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from nicegui import background_tasks, ui

from services.console.room import Room

LOOK_S = 1.0
"""How often it is looked for what no alert tells of: levels, and that the worker is there [s]."""


def follow(room: Room, look: Callable[[], Awaitable[None]]) -> None:
    """Call ``look``, which does not fail, as long as somebody has the page open."""
    task = background_tasks.create(_follow(room, look), name="console page")
    ui.context.client.on_delete(task.cancel)


async def _follow(room: Room, look: Callable[[], Awaitable[None]]) -> None:
    with room.feed.waiter() as woken:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LOOK_S)
            woken.clear()
            await look()
