"""Reads new alerts once for all readers, and wakes them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Annotated, Protocol, TypeVar

import structlog
from fastapi import Depends, FastAPI, Request
from sqlalchemy import Engine

from services.gateway import secret
from services.gateway.following import pages
from services.gateway.following.entries import Told, told
from services.gateway.following.filters import Wanted
from services.gateway.following.log import AlertLog
from services.gateway.following.pages import Gone, Page
from services.gateway.following.position import Codec, Position
from services.gateway.following.recent import Recent
from services.gateway.parts import Parts

T = TypeVar("T")

POLL_S = 0.1
"""How long a new alert may stand in the read model before it is seen [s]."""

READ = 500
"""Most alerts that are read at once for all readers."""

AT_ONCE = 4
"""How many readers that are behind are read for at once: the others wait for their turn."""

log = structlog.get_logger(__name__)


class Stream(Protocol):
    """A reader that is told as long as it is connected."""

    def wake(self) -> None:
        """Look whether there is more to tell."""

    def end(self) -> None:
        """End, at once."""


class Feed:
    """What is known of the alerts in this process.

    Parameters
    ----------
    recent
        For tests: with another size.
    """

    def __init__(
        self, ledger: Engine, codec: Codec, alert_log: AlertLog, recent: Recent | None = None
    ) -> None:
        self.codec, self.log = codec, alert_log
        self.recent = recent or Recent(Position())
        self.first = Position()
        """From where on no alert is missing."""
        self.streams: set[Stream] = set()
        self.trouble: str | None = "it has not been read yet"
        """Why the read model cannot be read now; None when it can."""
        self.waiting: set[asyncio.Event] = set()
        self.ended = False
        """Whether the gateway is about to stop."""
        self._ledger = ledger
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._begun = False

    async def poll(self) -> bool:
        """Read what is new; tell whether there may be more."""
        if not self._begun:
            return await self._begin()
        try:
            found, new = await asyncio.to_thread(self._read, self.recent.end)
        except Gone as gone:
            # Each reader finds the gap by itself, where it stands.
            self.first = gone.kept
            self.recent.skip(gone.kept)
            self._wake()
            return True
        self.trouble, self.first = None, found.bounds.first
        if not found.bounds.end.reaches(self.recent.end):
            # The read model was emptied: where readers stand in it must be looked at anew.
            self.recent.skip(found.bounds.end)
            self.end_streams()
        elif found.after != self.recent.end:
            self.recent.extend(new, found.after)
            self._wake()
        return found.more

    async def follow(self) -> None:
        """Read what is new, for ever; what fails is tried again."""
        while True:
            try:
                more = await self.poll()
            except Exception as error:
                # Readers are told by the heartbeats, new ones are refused.
                why = f"{type(error).__name__}: {error}".splitlines()[0]
                if self.trouble != why:
                    log.error("the alerts cannot be read", reason=why)
                self.trouble, more = why, False
            if not more:
                await asyncio.sleep(POLL_S)

    async def page(
        self, position: Position, wanted: Wanted, limit: int, until: Position | None = None
    ) -> Page:
        """Return the alerts after a position, as ``pages.page`` does, when it is our turn."""
        return await self.turn(lambda: pages.page(self._ledger, position, wanted, limit, until))

    async def turn(self, work: Callable[[], T]) -> T:
        """Return what ``work`` with the read model returns, beside the event loop."""
        async with self._turns:
            return await asyncio.to_thread(work)

    @contextmanager
    def waiter(self) -> Iterator[asyncio.Event]:
        """Have an event that is set when there may be more to tell."""
        woken = asyncio.Event()
        self.waiting.add(woken)
        try:
            yield woken
        finally:
            self.waiting.discard(woken)

    def stop(self) -> None:
        """Let everyone go: a server that stops waits for what it is answering."""
        self.ended = True
        self.end_streams()
        self._wake()

    def end_streams(self) -> None:
        """Let every reader go: it comes back with the id that it has."""
        for stream in tuple(self.streams):
            stream.end()

    async def _begin(self) -> bool:
        known = await asyncio.to_thread(pages.bounds, self._ledger)
        self.trouble, self.first = None, known.first
        self.recent.skip(known.end)
        self._begun = True
        return False

    def _read(self, position: Position) -> tuple[Page, list[Told]]:
        found = pages.page(self._ledger, position, limit=READ)
        return found, [told(stored, self.codec) for stored in found.alerts]

    def _wake(self) -> None:
        for stream in self.streams:
            stream.wake()
        for woken in self.waiting:
            woken.set()


@asynccontextmanager
async def running(app: FastAPI, parts: Parts) -> AsyncIterator[None]:
    """Follow the alerts for as long as the context lasts."""
    key = await asyncio.to_thread(secret.key, parts.own, parts.settings.gateway.secret)
    feed = Feed(parts.ledger, Codec(key, parts.alert_log.name), parts.alert_log)
    with suppress(Exception):
        # A read model that is away keeps no gateway from starting: the next poll tells of it.
        await feed.poll()
    following = asyncio.ensure_future(feed.follow())
    app.state.feed = feed
    try:
        yield
    finally:
        feed.stop()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


def stop(app: FastAPI) -> None:
    """Let every reader go at once, before the server waits for what it is answering."""
    feed: Feed | None = getattr(app.state, "feed", None)
    if feed is not None:
        feed.stop()


async def _of(request: Request) -> Feed:
    found: Feed = request.app.state.feed
    return found


Followed = Annotated[Feed, Depends(_of)]
"""The feed, as an argument of a route."""
