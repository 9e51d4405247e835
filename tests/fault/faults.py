"""Every fault that the service is put to, by its name."""

import asyncio
from random import Random

from tests.fault.campaign import Fault
from tests.fault.nemesis import (
    brokers,
    clocks,
    connections,
    disks,
    poison,
    processes,
    receivers,
)
from tests.fault.system import System

_AT_ONCE = (
    processes.kill,
    processes.hold_up_a_worker,
    connections.cut,
    brokers.kill,
    receivers.restart_database,
)


async def _two_at_once(system: System, dice: Random) -> None:
    await asyncio.gather(*(strike(system, dice) for strike in dice.sample(_AT_ONCE, 2)))


FAULTS: tuple[Fault, ...] = (
    Fault("kill", "any process is killed (SIGKILL)", processes.kill, often=4),
    Fault("kill-several", "two to four processes are killed at once", processes.kill_several),
    Fault(
        "kill-restoring",
        "a worker is killed, and again while it joins and restores its tables",
        processes.kill_restoring,
    ),
    Fault(
        "kill-rebalancing",
        "a worker is killed while partitions are given out anew",
        processes.kill_rebalancing,
    ),
    Fault(
        "kill-between",
        "a worker dies between publishing what follows from a batch and keeping the states",
        processes.kill_between_writes,
    ),
    Fault(
        "zombie",
        "a worker is stopped for longer than its session, and goes on (SIGSTOP, SIGCONT)",
        processes.hold_up_a_worker,
    ),
    Fault(
        "hold-up",
        "the gateway, the ledger or the notifier is stopped for some seconds",
        processes.hold_up_another,
    ),
    Fault(
        "stuck",
        "a worker reads or does nothing more, while its heartbeats go on",
        processes.stick,
    ),
    Fault("scale", "a worker is added and taken away again", processes.scale),
    Fault(
        "upgrade",
        "workers are replaced one by one by a build with another form of states",
        processes.upgrade,
    ),
    Fault("broker-stop", "one node of the cluster is stopped in order", brokers.stop),
    Fault("broker-kill", "one node of the cluster is killed", brokers.kill),
    Fault("broker-kill-all", "all nodes are killed at once", brokers.kill_all),
    Fault(
        "broker-and-gateway",
        "a node and the gateway are killed at the same instant",
        brokers.kill_with_gateway,
    ),
    Fault("leaders", "every partition gets another leader", brokers.move_leaders),
    Fault("cut", "all connections to the cluster are reset", connections.cut),
    Fault("swallow", "nothing gets through to one node, nothing is closed", connections.swallow),
    Fault("swallow-all", "nothing gets through to any node", connections.swallow_all),
    Fault("delay", "every answer of the cluster is late", connections.delay),
    Fault("clock", "the clock of a process is stepped by an hour", clocks.step, needs=clocks.lacks),
    Fault("receiver", "the webhook's receiver fails, hangs or dawdles", receivers.dead_receiver),
    Fault("readers", "readers of the alert stream read nothing", receivers.slow_readers),
    Fault("poison", "records that are no reports, and one report 2,000 times", poison.poison),
    Fault("folder", "a worker's folder is full of nonsense when it starts", disks.spoil_folder),
    Fault("model", "a worker is given a model that is cut off or changed", disks.spoil_model),
    Fault("database", "PostgreSQL is ended and started again", receivers.restart_database),
    Fault("combined", "two of kill, zombie, cut, broker-kill, database at once", _two_at_once),
    Fault("database-disk", "the disk of PostgreSQL is full", disks.fill_database, disks=True),
    Fault("broker-disk", "the disk of a node is full", disks.fill_broker, disks=True),
)
"""In the order in which they are reported."""


def named(name: str) -> Fault:
    """Return a fault by its name."""
    return next(fault for fault in FAULTS if fault.name == name)
