"""A real HTTP server on loopback that keeps what it is sent and answers what it is told to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """What a receiver got, and what it answers next: a status, with headers and a body."""

    got: list[Got] = field(default_factory=list)
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    answering: Answering | None = None
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Keep the request, and answer."""
        self.got.append(Got(request.raw_path, dict(request.headers), await request.read()))
        if self.answering is not None:
            return await self.answering(request)
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@asynccontextmanager
async def receiving(host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """Run a receiver on a free port."""
    found = Receiver()
    app = web.Application(client_max_size=10 * 2**20)
    app.router.add_route("*", "/{path:.*}", found.handle)
    server = TestServer(app, host=host)
    await server.start_server()
    found.url = str(server.make_url("/hook"))
    try:
        yield found
    finally:
        await server.close()
