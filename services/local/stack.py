"""The local stack: broker, topics, risk worker and ledger, started and stopped together."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

from services import topics
from services.local.broker import Broker, BrokerKind, local_broker
from services.local.process import child, tail_of
from services.settings import Settings

T = TypeVar("T")

STACK_FILE = "stack.json"


class WorkerDied(Exception):
    """The risk worker ended by itself."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is running: the settings to reach it, and where the worker writes its log."""

    settings: Settings
    broker: Broker
    worker: asyncio.subprocess.Process
    worker_log: Path

    async def while_it_works(self, task: Coroutine[Any, Any, T]) -> T:
        """Run ``task`` to its end, unless the worker ends first.

        Raises
        ------
        WorkerDied
            With the end of the worker's log.
        """
        doing, dying = asyncio.ensure_future(task), asyncio.ensure_future(self.worker.wait())
        try:
            await asyncio.wait({doing, dying}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
        finally:
            doing.cancel()
            dying.cancel()
            await asyncio.gather(doing, dying, return_exceptions=True)
        code = self.worker.returncode
        msg = f"the risk worker ended with exit code {code}; {tail_of(self.worker_log)}"
        raise WorkerDied(msg)


@asynccontextmanager
async def stack(
    settings: Settings,
    prefer: BrokerKind | None,
    say: Callable[[str], None],
    *,
    ledger: bool = False,
) -> AsyncIterator[Running]:
    """Start everything and stop exactly what was started, whatever happens in between.

    Parameters
    ----------
    ledger
        Whether to fill the read model too.
    """
    async with local_broker(
        settings.data_dir,
        bootstrap=settings.kafka.bootstrap_servers,
        prefer=prefer,
        say=say,
    ) as broker:
        settings = _reaching(settings, broker.bootstrap)
        ensured = await topics.ensure(settings.kafka)
        say(f"topics: {len(ensured.created)} created, {len(ensured.present)} found")
        log = settings.data_dir / "worker.log"
        log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "services.cli", "worker"]
        async with AsyncExitStack() as started:
            env = os.environ | environment(settings)
            worker = await started.enter_async_context(child(command, log, env))
            say(f"started the risk worker, process {worker.pid}, log in {log}")
            if ledger:
                await started.enter_async_context(_ledger(settings, broker.kind, env, say))
            note = settings.data_dir / STACK_FILE
            note.write_text(json.dumps({"bootstrap_servers": broker.bootstrap}))
            try:
                yield Running(settings, broker, worker, log)
            finally:
                note.unlink(missing_ok=True)


@asynccontextmanager
async def _ledger(
    settings: Settings, kind: BrokerKind, env: dict[str, str], say: Callable[[str], None]
) -> AsyncIterator[None]:
    log = settings.data_dir / "ledger.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "services.cli", "ledger", "run"]
    if kind is BrokerKind.TANSU:
        if settings.ledger.url is not None:
            say("started no ledger: Tansu forgets its log, the database of the settings must not")
            yield
            return
        command.append("--afresh")
    async with child(command, log, env) as process:
        say(f"started the ledger, process {process.pid}, log in {log}")
        yield


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give another process the same settings."""
    return dict(_variables("FOREWARN", settings))


def _variables(prefix: str, model: BaseModel) -> Iterator[tuple[str, str]]:
    plain = model.model_dump(mode="json")
    for name in type(model).model_fields:
        value, key = getattr(model, name), f"{prefix}_{name}".upper()
        if isinstance(value, BaseModel):
            yield from _variables(f"{key}_", value)
        elif isinstance(value, SecretStr):
            yield key, value.get_secret_value()
        elif isinstance(value, tuple):
            yield key, json.dumps(value)
        elif value is not None:
            yield key, str(plain[name])


def _reaching(settings: Settings, bootstrap: str) -> Settings:
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": bootstrap})
    return settings.model_copy(update={"kafka": kafka})
