"""Opens Kafka clients that are stopped whatever happens, and says which broker is out of reach."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services import connections, leaders, odd_batches, refusals
from services.addresses import addresses
from services.faults import Fault
from services.settings import Kafka

CONNECT_S = 3.0
"""How long a broker may take to accept a connection [s]; aiokafka alone would try for 40 s."""

ANSWER_S = 10.0
"""How long a cluster may take to tell what it has [s]."""


class Unreachable(Fault):
    """No broker answers where one should be."""

    def __init__(self, servers: str | None, why: str) -> None:
        super().__init__(
            f"no Kafka broker answers at {servers}: {why}; check that it runs, that --bootstrap or "
            "FOREWARN_KAFKA__BOOTSTRAP_SERVERS names it, and, on a secured cluster, "
            "FOREWARN_KAFKA__SECURITY_PROTOCOL"
        )


class NotLetIn(Unreachable):
    """A broker is there, and refuses us."""

    def __init__(self, servers: str | None, why: str) -> None:
        Fault.__init__(self, f"the Kafka broker at {servers} does not let us in: {why}")


def mend() -> None:
    """Make Kafka's client do what a service that loses nothing needs of it.

    That holds for every client of this process; calling it again changes nothing.
    """
    odd_batches.let_through()
    leaders.ask()
    connections.notice()


@asynccontextmanager
async def admin(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open a client that creates and describes topics and groups.

    Raises
    ------
    Unreachable
        No broker answers; as ``NotLetIn``, one does and refuses us.
    """
    mend()
    servers = await _accepting(kafka)
    client = AIOKafkaAdminClient(**kafka.client_options() | servers)
    try:
        await _started(client, kafka, **servers)
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def producer(kafka: Kafka, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer whose records count only once every replica has them.

    Raises
    ------
    Unreachable
        No broker answers; as ``NotLetIn``, one does and refuses us.
    """
    mend()
    servers = await _accepting(kafka)
    client = AIOKafkaProducer(**kafka.client_options() | {"acks": "all"} | options | servers)
    try:
        await _started(client, kafka, **servers)
        yield client
    finally:
        await client.stop()


@asynccontextmanager
async def consumer(kafka: Kafka, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer, without a group unless ``options`` name one.

    Raises
    ------
    Unreachable
        No broker answers; as ``NotLetIn``, one does and refuses us.
    """
    mend()
    servers = await _accepting(kafka)
    client = AIOKafkaConsumer(**kafka.reader_options() | options | servers)
    try:
        await _started(client, kafka, **servers)
        yield client
    finally:
        await client.stop()


async def accepts(host: str, port: int, within_s: float = CONNECT_S) -> str | None:
    """Return why nobody accepts a connection there, or None when somebody does."""
    try:
        async with asyncio.timeout(within_s):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"no connection within {within_s:g} s"
    except OSError as error:
        # asyncio words a refusal as the call that failed; the system has a plain word for it.
        known = error.errno is not None and error.errno > 0
        return os.strerror(error.errno or 0) if known else error.strerror or str(error)
    writer.close()
    return None


async def _accepting(kafka: Kafka) -> dict[str, str]:
    """Return which of the brokers accept a connection, as an option of a client.

    A client tries one address after the other, and one that swallows connections would take up
    all of its time.
    """
    named = str(kafka.bootstrap_servers)
    why_not = await asyncio.gather(*(accepts(*at) for at in addresses(named)))
    alive = [s.strip() for s, why in zip(named.split(","), why_not, strict=True) if why is None]
    if not alive:
        raise Unreachable(kafka.bootstrap_servers, ", ".join(dict.fromkeys(filter(None, why_not))))
    return {"bootstrap_servers": ",".join(alive)}


async def _started(client: Any, kafka: Kafka, bootstrap_servers: str) -> None:
    try:
        async with asyncio.timeout(ANSWER_S):
            await client.start()
    except TimeoutError as error:
        why = f"something accepts connections there, but gave no Kafka answer in {ANSWER_S:g} s"
        raise Unreachable(kafka.bootstrap_servers, why) from error
    except KafkaError as error:
        if (refusal := await refusals.reason(kafka, bootstrap_servers)) is not None:
            raise NotLetIn(bootstrap_servers, refusal) from error
        raise Unreachable(kafka.bootstrap_servers, str(error)) from error
