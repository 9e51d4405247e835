"""Who is told: a webhook receiver that checks signatures, and may be away, deaf or slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.channels.receiver import receiving
from tests.fault.judging import Posted

KEY = "whsec_Zm9yZXdhcm4tZmF1bHRzLXdlYmhvb2sta2V5LTEyMzQ="
"""Signs what the desk gets; it opens nothing else."""


class Mood(StrEnum):
    """How the desk takes what is posted."""

    WELL = "well"
    DEAD = "dead"
    DEAF = "deaf"
    SLOW = "slow"


class Desk:
    """What came, and how the next one is taken.

    Attributes
    ----------
    posted
        What it has taken or heard, signed as it should be, in the order in which it came.
    """

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.posted: list[Posted] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        """Take one request as the mood has it."""
        body = await request.read()
        content = Webhook(KEY).verify(body, dict(request.headers)) and orjson.loads(body)
        refs = frozenset((a["alert_id"], a["sequence"]) for a in content["data"]["alerts"])
        if self.mood is Mood.DEAD:
            return web.Response(status=503)
        if self.mood is Mood.DEAF:
            await asyncio.sleep(60)
        if self.mood is Mood.SLOW:
            await asyncio.sleep(1.0)
        self.posted.append(Posted(request.headers["webhook-id"], body, refs))
        return web.Response(status=204)


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """Serve for as long as the context lasts."""
    found = Desk()
    async with receiving() as receiver:
        receiver.answering = found.take
        found.url = receiver.url
        yield found
