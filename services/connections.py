"""Lets Kafka's client see that a connection has closed before it writes to it.

The client hears of that a moment later. asyncio takes what is written meanwhile and sends it
nowhere; uvloop raises what the client does not expect (aiokafka issue 1038), and ends what it
publishes with, or what it keeps its place in the group with, for good.
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason

_plain = AIOKafkaConnection.send


def notice() -> None:
    """Make every client of this process do so; calling it again changes nothing."""
    AIOKafkaConnection.send = _send


def _send(connection: Any, request: Any, expect_response: bool = True) -> Any:
    """Send as the client does, to what is open; it raises ``KafkaConnectionError`` else."""
    writer = connection._writer
    if writer is not None and writer.transport.is_closing():
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
    return _plain(connection, request, expect_response)
