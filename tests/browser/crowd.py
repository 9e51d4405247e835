"""Consoles without a browser: each asks for a page and hears what is sent to it, as a page does."""

import asyncio
import json
import re
import time
from ast import literal_eval
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

_QUERY = re.compile(r"query: (\{.*?\}),\n")
_MESSAGE_ID = re.compile(r'"_id":(\d+)')
"""Every message to a page is numbered."""

PING, PONG, CONNECT, ACK_EVERY_S = "2", "3", "40", 3.0


class Console:
    """One page of the console, kept open (Engine.IO 4 and Socket.IO 5 over a websocket)."""

    def __init__(self, session: aiohttp.ClientSession, page: str) -> None:
        self._session, self._page = session, page
        self._heard: dict[str, asyncio.Future[float]] = {}
        self._client, self._next = "", 0
        self.bytes = 0

    async def open(self) -> None:
        """Ask for the page, and connect as its script does."""
        async with self._session.get(self._page) as answer:
            assert answer.status == 200
            text = await answer.text()
        found = _QUERY.search(text)
        assert found, text[-2000:]
        query: dict[str, Any] = literal_eval(found[1])
        self._client, self._next = query["client_id"], query["next_message_id"]
        asked = {name: json.dumps(v) if isinstance(v, bool) else v for name, v in query.items()}
        asked |= {"document_id": str(uuid4()), "tab_id": str(uuid4()), "EIO": "4"}
        root = self._page.partition("/console/")[0].replace("http", "ws", 1)
        at = f"{root}/console/_nicegui_ws/socket.io/?{urlencode(asked)}&transport=websocket"
        self._socket = await self._session.ws_connect(at, max_msg_size=0)
        await self._socket.receive_str()
        await self._socket.send_str(CONNECT)
        told = await self._socket.receive_str()
        assert told.startswith(CONNECT), told
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._acknowledge())]

    async def hears(self, text: str) -> float:
        """Return when a message with a text came, once it has [s]."""
        return await self._heard.setdefault(text, asyncio.get_running_loop().create_future())

    async def close(self) -> None:
        """Leave, as a page does that is closed."""
        for task in self._tasks:
            task.cancel()
        await self._socket.close()

    async def _hear(self) -> None:
        async for message in self._socket:
            if message.data == PING:
                await self._socket.send_str(PONG)
                continue
            self.bytes += len(message.data)
            if number := _MESSAGE_ID.search(message.data):
                self._next = int(number[1]) + 1
            for text, future in self._heard.items():
                if text in message.data and not future.done():
                    future.set_result(time.perf_counter())

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_EVERY_S)
            told = {"client_id": self._client, "next_message_id": self._next}
            await self._socket.send_str(f"42{json.dumps(['ack', told])}")


class Crowd:
    """Many consoles at once."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._stack = AsyncExitStack()
        self.consoles: list[Console] = []

    async def __aenter__(self) -> Self:
        """Open a session for all of them."""
        timeout = aiohttp.ClientTimeout(total=120)
        connector = aiohttp.TCPConnector(limit=0)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, timeout=timeout)
        )
        return self

    async def join(self, count: int) -> None:
        """Open consoles, a few at once."""
        turns = asyncio.Semaphore(4)

        async def one() -> None:
            console = Console(self._session, self._page)
            async with turns:
                await console.open()
            self._stack.push_async_callback(console.close)
            self.consoles.append(console)

        await asyncio.gather(*(one() for _ in range(count)))

    async def hear(self, text: str) -> list[float]:
        """Return when each heard a text, once all have [s]."""
        return await asyncio.gather(*(console.hears(text) for console in self.consoles))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all."""
        await self._stack.__aexit__(kind, error, trace)
