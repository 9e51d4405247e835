"""A web page of elsewhere cannot let an action happen, whatever it knows."""

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.browser.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOCKET = "/console/_nicegui_ws/socket.io/?EIO=4&transport="


@pytest.mark.parametrize(("transport", "taken"), [("websocket", b"101"), ("polling", b"200")])
async def test_only_pages_of_the_console_connect(desk: Desk, transport: str, taken: bytes) -> None:
    assert await asked(desk, transport, desk.url) == taken
    for other in ("https://evil.example", desk.url.replace("127.0.0.1", "localhost"), "null"):
        assert await asked(desk, transport, other) == b"403", other


async def asked(desk: Desk, transport: str, origin: str) -> bytes:
    """Return with which status a page of ``origin`` is answered that wants to connect."""
    place = urlsplit(desk.url)
    lines = [
        f"GET {SOCKET}{transport} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Origin: {origin}",
        *(
            ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
            if transport == "websocket"
            else ("Connection: close",)
        ),
    ]  # fmt: skip
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    status = (await asyncio.wait_for(reader.readline(), 5)).split()[1]
    writer.close()
    await writer.wait_closed()
    return status
