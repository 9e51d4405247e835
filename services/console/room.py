"""What the pages of the console work with: the gateway's parts, its feed, and who looks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import FastAPI, Request

from services.gateway.following.feed import Feed
from services.gateway.parts import Parts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Room:
    """What a page may use of the gateway that serves it."""

    gateway: FastAPI

    @property
    def parts(self) -> Parts:
        """The parts of the gateway."""
        found: Parts = self.gateway.state.parts
        return found

    @property
    def feed(self) -> Feed:
        """The alerts as they come."""
        found: Feed = self.gateway.state.feed
        return found

    async def read(self, work: Callable[..., T], *arguments: object) -> T:
        """Return what a question of the read model returns, beside the event loop."""
        return await asyncio.to_thread(work, self.parts.ledger, *arguments)


def accepted(request: Request) -> str | None:
    """Return the languages that a browser asks for."""
    return request.headers.get("accept-language")
