"""The local stack: broker, topics, worker, ledger and notifier, started and stopped together."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services import topics
from services.faults import Fault
from services.local import beside
from services.local.beside import Beside
from services.local.broker import Broker, BrokerKind, local_broker
from services.local.environment import inherited
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


class NotifierDied(Fault):
    """The notifier of the stack ended by itself."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is running: the settings to reach it, and where the worker writes its log.

    ``notifier`` is None where nobody is told of alerts.
    """

    settings: Settings
    broker: Broker
    worker: asyncio.subprocess.Process
    worker_log: Path
    notifier: Beside | None = None

    async def while_it_works(self, task: Coroutine[Any, Any, T]) -> T:
        """Run ``task`` to its end, unless the worker, the broker or the notifier ends first.

        Raises
        ------
        WorkerDied, BrokerDied, NotifierDied
            With the end of its log.
        """
        doing = asyncio.ensure_future(task)
        ends = [asyncio.ensure_future(self.worker.wait())]
        if self.broker.serving is not None:
            ends.append(asyncio.ensure_future(self.broker.serving.process.wait()))
        if self.notifier is not None:
            ends.append(asyncio.ensure_future(self.notifier.process.wait()))
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
        told = self.notifier
        if told is not None and told.process.returncode is not None:
            code = told.process.returncode
            return NotifierDied(f"the notifier ended with exit code {code}; {tail_of(told.log)}")
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
    notifier: bool = False,
) -> AsyncIterator[Running]:
    """Start everything and stop exactly what was started, whatever happens in between.

    It is given once the worker has partitions to read: what is reported then is assessed at once.

    Parameters
    ----------
    ledger
        Whether to fill the read model too.
    notifier
        Whether to tell whom the configuration of the notifier names, if there is one.

    Raises
    ------
    NoBroker, NotReady, Unreachable, TopicsDiffer, WorkerDied, BrokerDied, NotifierDied
        It cannot start: with what to do, or with the end of a log.
    BadConfig, BadChannel
        Whom to tell is not well said; nothing has been started.
    """
    if notifier:
        beside.check_notifier(settings)
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
            env = inherited(settings)
            worker = await started.enter_async_context(child(command, log, env))
            say(f"started the risk worker, process {worker.pid}, log in {log}")
            if ledger:
                filled = beside.ledger(settings, broker.kind, env, say)
                await started.enter_async_context(filled)
            telling = None
            if notifier:
                forgets = fresh or broker.kind is BrokerKind.TANSU
                told = beside.notifier(settings, env, say, forgets=forgets)
                telling = await started.enter_async_context(told)
            running = Running(settings, broker, worker, log, telling)
            await running.while_it_works(_ready(running, others))
            with _noted(settings):
                yield running


async def _ready(running: Running, others: frozenset[str]) -> None:
    """Return once a report that comes now is assessed, and its alert told."""
    await _reading(running.settings, others)
    if running.notifier is not None:
        await beside.following(running.notifier)


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


def _reaching(settings: Settings, broker: Broker) -> Settings:
    """Return the settings that reach ``broker``: one of this machine has no replicas, no TLS."""
    changed: dict[str, Any] = {"bootstrap_servers": broker.bootstrap}
    if broker.kind is not BrokerKind.EXISTING:
        changed |= {"replication_factor": 1, "security_protocol": "PLAINTEXT"}
    kafka = settings.kafka.model_copy(update=changed)
    return settings.model_copy(update={"kafka": kafka})
