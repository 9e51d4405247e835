"""The keys that a gateway process knows: read again every few seconds."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from services.gateway import problems
from services.gateway.auth import store
from services.gateway.auth.keys import Key
from services.gateway.problems import Problem

FRESH_S = 2.0
"""How long keys are taken for known [s]: a revocation reaches every process within it."""

ASK_AGAIN_S = 0.2
"""How long an unknown id is taken for unknown [s]: guesses cost five looks a second."""


class Keys(Protocol):
    """Looks up keys."""

    async def find(self, key_id: str) -> Key | None:
        """Return the key of that id, or None."""
        ...

    async def any(self) -> bool:
        """Tell whether there ever was one."""
        ...


class Keyring:
    """The keys of the gateway's database.

    Parameters
    ----------
    monotonic
        Tells time that never goes back [s].
    """

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._monotonic = engine, monotonic
        self._known: dict[str, Key] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, key_id: str) -> Key | None:
        """Return the key of that id, or None.

        Raises
        ------
        Problem
            The database does not answer: nobody is let in on what was known before.
        """
        await self._refresh(FRESH_S)
        if key_id not in self._known:
            await self._refresh(ASK_AGAIN_S)
        return self._known.get(key_id)

    async def any(self) -> bool:
        """Tell whether there ever was a key.

        Raises
        ------
        Problem
            The database does not answer.
        """
        if self._known:
            # None is ever deleted.
            return True
        await self._refresh(ASK_AGAIN_S)
        return bool(self._known)

    async def _refresh(self, oldest: float) -> None:
        async with self._reading:
            now = self._monotonic()
            if now - self._read_at < oldest:
                return
            try:
                found = await asyncio.to_thread(store.every, self._engine)
            except SQLAlchemyError:
                detail = "the gateway's database, which knows the keys, does not answer; try again"
                raise Problem(
                    problems.IDENTITY_AWAY, detail, headers={"Retry-After": "2"}
                ) from None
            self._known = {key.key_id: key for key in found}
            self._read_at = now
