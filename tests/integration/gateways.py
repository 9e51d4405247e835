"""Gateways as processes of their own, and the log and read model that they answer from."""

import os
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from schemas.alert import Alert
from services import clients, records, topics
from services.local.environment import environment
from services.local.process import child, tail_of
from services.settings import Settings
from tests.integration.lab import until


@dataclass
class Gateway:
    """One that answers."""

    pid: int
    base: str


@asynccontextmanager
async def gateway(settings: Settings, name: str, port: int) -> AsyncIterator[Gateway]:
    """Run a gateway for as long as the context lasts, then stop it as SIGTERM does."""
    log = settings.data_dir / f"{name}.log"
    env = os.environ | environment(settings) | {"FOREWARN_GATEWAY__PORT": str(port)}
    base = f"http://127.0.0.1:{port}"
    async with child(forewarn("gateway", "run"), log, env) as process:

        async def ready() -> bool:
            assert process.returncode is None, tail_of(log)
            async with httpx.AsyncClient(base_url=base) as client:
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

        await until(ready)
        yield Gateway(process.pid, base)


@asynccontextmanager
async def ledger(settings: Settings) -> AsyncIterator[Path]:
    """Fill the read model for as long as the context lasts; its log is at the path."""
    log = settings.data_dir / "ledger.log"
    env = os.environ | environment(settings)
    async with child(forewarn("ledger", "run"), log, env):
        yield log


def forewarn(*arguments: str) -> tuple[str, ...]:
    """Return the command line of a command."""
    return (sys.executable, "-m", "services.cli", *arguments)


class Publisher:
    """Writes alerts to the topic as the worker does."""

    def __init__(self, settings: Settings, producer: object) -> None:
        self._kafka, self._producer = settings.kafka, producer

    async def publish(self, alerts: Iterable[Alert]) -> None:
        """Write alerts, and return once they are in the log."""
        sent = None
        for alert in alerts:
            record = records.alert(alert)
            sent = await self._producer.send(  # type: ignore[attr-defined]
                topics.name(record.topic, self._kafka),
                record.value,
                key=record.key,
                headers=list(record.headers),
                timestamp_ms=records.milliseconds(record.at),
            )
        if sent is not None:
            await sent


@asynccontextmanager
async def publishing(settings: Settings) -> AsyncIterator[Publisher]:
    """Open a producer of alerts."""
    await topics.ensure(settings.kafka)
    async with clients.producer(settings.kafka) as producer:
        yield Publisher(settings, producer)
