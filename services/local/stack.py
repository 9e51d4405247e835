"""The local stack: broker, topics, risk worker and ledger, started and stopped together."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

from services import topics
from services.faults import Fault
from services.local.broker import Broker, BrokerKind, local_broker
from services.local.process import NotReady, child, tail_of
from services.reach import STACK_FILE, note
from services.settings import Settings
from services.truth import group

T = TypeVar("T")


READING_S = 60.0
"""How long a worker may take until the broker gives it partitions to read [s]."""


class WorkerDied(Fault):
    """The risk worker ended by itself."""


class BrokerDied(Fault):
    """The broker of the stack ended by itself."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is running: the settings to reach it, and where the worker writes its log."""

    settings: Settings
    broker: Broker
    worker: asyncio.subprocess.Process
    worker_log: Path

    async def while_it_works(self, task: Coroutine[Any, Any, T]) -> T:
        """Run ``task`` to its end, unless the worker or the broker ends first.

        Raises
        ------
        WorkerDied, BrokerDied
            With the end of its log.
        """
        doing = asyncio.ensure_future(task)
        ends = [asyncio.ensure_future(self.worker.wait())]
        if self.broker.serving is not None:
            ends.append(asyncio.ensure_future(self.broker.serving.process.wait()))
        try:
            await asyncio.wait({doing, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done() and doing.exception() is None:
                return doing.result()
            # A broker that is gone may show as a failure of the task a moment earlier.
            await asyncio.wait(ends, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            if not any(end.done() for end in ends):
                return doing.result()
        finally:
            for future in (doing, *ends):
                future.cancel()
            await asyncio.gather(doing, *ends, return_exceptions=True)
        raise self._death()

    def _death(self) -> Fault:
        serving = self.broker.serving
        if serving is not None and serving.process.returncode is not None:
            code = serving.process.returncode
            return BrokerDied(f"the broker ended with exit code {code}; {tail_of(serving.log)}")
        code = self.worker.returncode or 0
        return WorkerDied(
            f"the risk worker ended with exit code {code}; {tail_of(self.worker_log)}"
        )


@asynccontextmanager
async def stack(
    settings: Settings,
    prefer: BrokerKind | None,
    say: Callable[[str], None],
    *,
    fresh: bool = False,
    ledger: bool = False,
) -> AsyncIterator[Running]:
    """Start everything and stop exactly what was started, whatever happens in between.

    It is given once the worker has partitions to read: what is reported then is assessed at once.

    Parameters
    ----------
    ledger
        Whether to fill the read model too.

    Raises
    ------
    NoBroker, NotReady, Unreachable, TopicsDiffer, WorkerDied, BrokerDied
        It cannot start: with what to do, or with the end of a log.
    """
    async with local_broker(
        settings.data_dir,
        bootstrap=settings.kafka.bootstrap_servers,
        prefer=prefer,
        say=say,
        fresh=fresh,
    ) as broker:
        settings = _reaching(settings, broker)
        ensured = await topics.ensure(settings.kafka)
        say(f"topics: {len(ensured.created)} created, {len(ensured.present)} found")
        log = settings.data_dir / "worker.log"
        log.unlink(missing_ok=True)
        others = await group.member_ids(settings.kafka, settings.worker.group)
        command = [sys.executable, "-m", "services.cli", "worker"]
        async with AsyncExitStack() as started:
            env = os.environ | environment(settings)
            worker = await started.enter_async_context(child(command, log, env))
            say(f"started the risk worker, process {worker.pid}, log in {log}")
            if ledger:
                await started.enter_async_context(_ledger(settings, broker.kind, env, say))
            running = Running(settings, broker, worker, log)
            await running.while_it_works(_reading(settings, others))
            with _noted(settings):
                yield running


async def _reading(settings: Settings, others: frozenset[str]) -> None:
    """Return once the group has a member beside ``others`` and all have their partitions."""
    name = settings.worker.group
    try:
        async with asyncio.timeout(READING_S):
            while not await group.assigned(settings.kafka, name) - others:
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        log = settings.data_dir / "worker.log"
        msg = (
            f"the risk worker was given no partition of group {name!r} within {READING_S:.0f} s; "
            f"{tail_of(log)}"
        )
        raise NotReady(msg) from error


@contextmanager
def _noted(settings: Settings) -> Iterator[None]:
    """Write down where the stack is reached, for as long as it runs."""
    path = settings.data_dir / STACK_FILE
    path.write_text(note(settings))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


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


def _reaching(settings: Settings, broker: Broker) -> Settings:
    """Return the settings that reach ``broker``: one of this machine has no replicas, no TLS."""
    changed: dict[str, Any] = {"bootstrap_servers": broker.bootstrap}
    if broker.kind is not BrokerKind.EXISTING:
        changed |= {"replication_factor": 1, "security_protocol": "PLAINTEXT"}
    kafka = settings.kafka.model_copy(update=changed)
    return settings.model_copy(update={"kafka": kafka})
