"""Does what is wanted last: what has been overtaken meanwhile is never begun."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Does one thing at a time for one who wants the next before the last is done.

    Parameters
    ----------
    do
        What is done; it does not fail.
    """

    def __init__(self, do: Callable[[T], Awaitable[None]]) -> None:
        self._do = do
        self._wanted: list[T] = []
        self._woken = asyncio.Event()

    def want(self, what: T) -> None:
        """Want this, and nothing of what was wanted before and is not begun."""
        self._wanted = [what]
        self._woken.set()

    @property
    def idle(self) -> bool:
        """Whether all that was wanted has been begun."""
        return not self._wanted

    async def run(self) -> None:
        """Do what is wanted, for ever."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self._do(self._wanted.pop())
