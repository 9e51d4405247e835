"""Processes of the service are killed, held up, added, removed and replaced by a later build."""

import asyncio
import signal
from random import Random

from services.truth import group
from tests.fault.supervised import Supervised
from tests.fault.system import System

SESSION_S = 6.0
"""After how long the broker gives a silent worker's partitions to another [s]."""

FIRST_VERSION = 100
"""Of the states of later builds: above that of any real one."""


async def kill(system: System, dice: Random) -> None:
    """Kill any process; it is started again."""
    await dice.choice(system.processes).end()


async def kill_several(system: System, dice: Random) -> None:
    """Kill several processes at the same instant."""
    await asyncio.gather(*(p.end() for p in dice.sample(system.processes, dice.randint(2, 4))))


async def kill_restoring(system: System, dice: Random) -> None:
    """Kill a worker, and again while it joins and restores its tables."""
    worker = dice.choice(system.workers)
    await worker.end()
    for _ in range(2):
        # It takes some seconds to begin, and a moment to restore what it is given.
        await asyncio.sleep(dice.uniform(1.5, 9))
        await worker.end()


async def kill_rebalancing(system: System, dice: Random) -> None:
    """Let a third worker join, and kill a member while partitions are given out anew."""
    kafka, name = system.direct.kafka, system.settings.worker.group
    async with system.worker(2).running() as third:

        async def moves() -> bool:
            return not await group.assigned(kafka, name)

        await system.until(moves, "the group rebalances")
        await dice.choice([*system.workers, third]).end()
        await asyncio.sleep(dice.uniform(0, 1))


async def kill_between_writes(system: System, dice: Random) -> None:
    """Let a worker die between publishing what follows from a batch and keeping the states."""
    worker = dice.choice(system.workers)
    assert worker.env is not None
    before = dict(worker.env)
    worker.env = before | {"FAULT_DIES": "0.05"}
    await worker.end()
    died = len(worker.codes)

    async def has() -> bool:
        return -signal.SIGKILL in worker.codes[died:]

    await system.until(has, "the worker died between two writes")
    worker.env = before


async def stick(system: System, dice: Random) -> None:
    """Let a worker read or do nothing more while its heartbeats go on; it must end by itself."""
    worker = dice.choice(system.workers)
    assert worker.env is not None
    before = dict(worker.env)
    worker.env = before | {"FAULT_STUCK": dice.choice(["reading", "loop"])}
    await worker.end()
    ends = len(worker.codes)

    async def has() -> bool:
        return 1 in worker.codes[ends:]

    await system.until(has, "the stuck worker ended by itself")
    worker.env = before
    # It may have been started once more as before.
    await worker.end()


async def hold_up_a_worker(system: System, dice: Random) -> None:
    """Stop a worker for longer than its session; it comes back as a zombie."""
    await _held_up(dice.choice(system.workers), SESSION_S + 4)


async def hold_up_another(system: System, dice: Random) -> None:
    """Stop the gateway, the ledger or the notifier for some seconds."""
    others = [system.gateway, system.ledger, system.notifier]
    await _held_up(dice.choice(others), dice.uniform(1, 8))


async def _held_up(process: Supervised, seconds: float) -> None:
    process.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        process.send(signal.SIGCONT)


async def scale(system: System, dice: Random) -> None:
    """Add a worker under load, and take it away again, in order or not."""
    # One that was killed before stays a member for a while.
    await system.assigned()
    async with system.worker(2).running() as third:
        await system.assigned(3)
        await asyncio.sleep(dice.uniform(0, 2))
        third.hold()
        how = dice.choice([signal.SIGTERM, signal.SIGKILL])
        await third.end(how)
        assert how is signal.SIGKILL or third.codes == [0], third.told()


async def upgrade(system: System, dice: Random) -> None:
    """Replace the workers one after the other by a build whose states have another form."""
    # Who has just been started has nothing yet that could be taken over.
    await system.assigned()
    for worker in dice.sample(system.workers, len(system.workers)):
        assert worker.env is not None
        version = int(worker.env.get("FAULT_VERSION", FIRST_VERSION)) + 1
        worker.env = worker.env | {"FAULT_VERSION": str(version)}
        await worker.end(signal.SIGTERM)
        assert worker.codes[-1] == 0, worker.told()
        await asyncio.sleep(dice.uniform(0, 1))
