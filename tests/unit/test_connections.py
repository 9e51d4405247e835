"""What is sent over a connection that has closed is an error that Kafka's client knows."""

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from services import connections

REQUEST = MetadataRequest([])


async def closed_by_the_broker() -> AIOKafkaConnection:
    """Return a connection that its broker has reset, of which the client has not heard yet."""

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Without lingering a socket that is closed resets its connection.
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = AIOKafkaConnection("127.0.0.1", port)
    connection._reader, connection._writer = await asyncio.open_connection("127.0.0.1", port)
    connection._read_task = asyncio.create_task(asyncio.sleep(0))
    connection._versions = {REQUEST.API_KEY: (0, 1)}
    async with asyncio.timeout(10):
        while not connection._writer.transport.is_closing():
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    server.close()
    return connection


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_what_is_sent_to_a_closed_connection_is_the_clients_own_error(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    """uvloop's is none: it would end whatever sends."""

    async def sent() -> None:
        connection = await closed_by_the_broker()
        with pytest.raises(KafkaConnectionError, match="No connection to broker"):
            connection.send(REQUEST)
        assert not connection.connected()

    connections.notice()
    connections.notice()
    run(sent())
