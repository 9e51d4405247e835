"""Who is told, who follows and what remembers: dead, slow, or started again."""

import asyncio
import signal
from random import Random

from tests.fault.desk import Mood
from tests.fault.system import System


async def dead_receiver(system: System, dice: Random) -> None:
    """Let the webhook's receiver fail, hang or dawdle for some seconds."""
    system.desk.mood = dice.choice([Mood.DEAD, Mood.DEAF, Mood.SLOW])
    try:
        await asyncio.sleep(dice.uniform(2, 4))
    finally:
        system.desk.mood = Mood.WELL


async def slow_readers(system: System, dice: Random) -> None:
    """Let readers of the alert stream read nothing for some seconds, then hang up."""
    port = system.settings.gateway.port
    writers = []
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /v1/alerts/stream HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        writers.append(writer)
    await asyncio.sleep(dice.uniform(1, 4))
    for writer in writers:
        writer.transport.abort()


async def restart_database(system: System, dice: Random) -> None:
    """End PostgreSQL under load, in order or as in a crash, and start it again."""
    process = system.postgres.process
    process.hold()
    await process.end(dice.choice([signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]))
    await asyncio.sleep(dice.uniform(0, 3))
    process.release()
    await system.postgres.answers()
