"""The local stack: broker, topics, worker, ledger, gateway and notifier, up and down together."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

from services import topics
from services.local import beside
from services.local.broker import Broker, BrokerKind, local_broker
from services.local.environment import inherited, measured
from services.local.process import NotReady, child, tail_of
from services.local.running import Running
from services.reach import STACK_FILE, note
from services.settings import Settings
from services.truth import group

READING_S = 180.0
"""How long a worker may take until the broker gives it partitions to read [s]: the first one on a
machine translates the model to machine code, which takes a small one that is busy over a minute."""


@asynccontextmanager
async def stack(
    settings: Settings,
    prefer: BrokerKind | None,
    say: Callable[[str], None],
    *,
    fresh: bool = False,
    ledger: bool = False,
    notifier: bool = False,
    gateway: bool = False,
) -> AsyncIterator[Running]:
    """Start everything and stop exactly what was started, whatever happens in between.

    It is given once the worker has partitions to read: what is reported then is assessed at once.

    Parameters
    ----------
    ledger
        Whether to fill the read model too.
    notifier
        Whether to tell whom the configuration of the notifier names, if there is one.
    gateway
        Whether to serve the console, where there is a read model for it to show.

    Raises
    ------
    NoBroker, NotReady, Unreachable, TopicsDiffer, WorkerDied, BrokerDied, LedgerDied,
    NotifierDied, GatewayDied
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
            worker = await started.enter_async_context(
                child(command, log, measured(settings, env, "worker"))
            )
            say(f"started the risk worker, process {worker.pid}, log in {log}")
            telling = serving = filled = None
            forgets = fresh or broker.kind is BrokerKind.TANSU
            if ledger:
                filling = beside.ledger(settings, env, say, forgets=forgets)
                filled = await started.enter_async_context(filling)
            if gateway and broker.kind is BrokerKind.TANSU:
                say(beside.NO_CONSOLE)
            elif gateway and filled is not None:
                served = beside.gateway(settings, env, say)
                serving = await started.enter_async_context(served)
            if notifier:
                told = beside.notifier(settings, env, say, forgets=forgets)
                telling = await started.enter_async_context(told)
            running = Running(settings, broker, worker, log, filled, telling, serving)
            address = await running.while_it_works(_ready(running, others))
            with _noted(settings):
                yield replace(running, address=address)


async def _ready(running: Running, others: frozenset[str]) -> str | None:
    """Return once a report that comes now is assessed, told and shown: where it is shown."""
    await _reading(running.settings, others)
    if running.notifier is not None:
        await beside.following(running.notifier)
    return None if running.gateway is None else await beside.serving(running.gateway)


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
