"""Strikes one fault again and again under load, waits for recovery, and judges what is left."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.fault.judging import Findings, judge
from tests.fault.keeping import kept, settle
from tests.fault.load import Load
from tests.fault.system import Machines, System, system
from tests.fault.witness import Witness, witnessing

RECOVERS_S = 180.0
"""How long the service may take from the end of a fault until all that was acknowledged counts."""

Strike = Callable[[System, Random], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """What is broken, and how: ``strike`` returns once it is over.

    Parameters
    ----------
    often
        How often it is struck for each time that is asked for.
    patience
        The share of strikes after which recovery is waited for; the others overlap with it.
    disks
        Whether it fills disks: brokers and database then have small ones of their own.
    needs
        Says why it cannot be done on this machine; None: it can.
    """

    name: str
    says: str
    strike: Strike
    often: float = 1.0
    patience: float = 0.25
    disks: bool = False
    needs: Callable[[], str | None] = lambda: None


@dataclass
class Outcome:
    """What came of a campaign.

    Attributes
    ----------
    recovered_s
        How long it took each time from the end of the fault until all that had been acknowledged
        counted, and so did a new report [s].
    longest_s
        The longest that a report waited from its acknowledgement until it counted [s].
    """

    runs: int = 0
    acknowledged: int = 0
    alerts: int = 0
    told: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    recovered_s: list[float] = field(default_factory=list)
    longest_s: float = 0.0
    findings: Findings = field(default_factory=Findings)

    def piece(self) -> dict[str, Any]:
        """Return the figures that one run adds to the report."""
        return {
            "runs": self.runs,
            "acknowledged": self.acknowledged,
            "unseen": len(self.findings.unseen),
            "duplicated": len(self.findings.duplicated),
            "differing": len(self.findings.differing),
            "alerts": self.alerts,
            "told": self.told,
            "longest_s": round(self.longest_s, 1),
            "recovered": [round(took, 1) for took in self.recovered_s],
        }


Say = Callable[[str], None]


async def campaign(
    machines: Machines, fault: Fault, times: int, seed: int, folder: Path, rate: float, say: Say
) -> Outcome:
    """Strike a fault ``times`` times; return what came of it once all has settled.

    Raises
    ------
    AssertionError
        The service did not recover: with the end of every log.
    """
    dice, outcome = Random(f"{fault.name} {seed}"), Outcome()
    async with system(machines, folder) as here:
        load = Load(here.settings, here.url, rate, dice)
        async with witnessing(here.direct, load.told) as witness:
            publishing = asyncio.create_task(load.run(4, 1))
            try:
                for number in range(1, times + 1):
                    await _strike(here, fault, load, witness, dice, outcome)
                    say(f"{fault.name} {number}/{times}: {_so_far(load, outcome)}")
                load.stop()
                await publishing
            finally:
                publishing.cancel()
                await asyncio.gather(publishing, return_exceptions=True)
            say(f"{fault.name}: settling and comparing")
            await settle(here)
            await _seen(here, witness)
            outcome.longest_s = max(witness.waits(), default=0.0)
        found = await kept(here)
    outcome.acknowledged = len(load.told.acknowledged)
    outcome.alerts, outcome.told = len({ref for ref, _ in found.alerts}), len(found.posted)
    outcome.answers = dict(load.told.answers)
    outcome.findings = judge(load.told, here.poisoned, found)
    return outcome


async def _strike(
    here: System, fault: Fault, load: Load, witness: Witness, dice: Random, outcome: Outcome
) -> None:
    await asyncio.sleep(dice.uniform(0.3, 1.5))
    await fault.strike(here, dice)
    outcome.runs += 1
    if dice.random() < fault.patience:
        outcome.recovered_s.append(await _recovery(here, load, witness))


def _so_far(load: Load, outcome: Outcome) -> str:
    acknowledged = f"{len(load.told.acknowledged)} acknowledged"
    if not outcome.recovered_s:
        return acknowledged
    return f"{acknowledged}, recovered after {outcome.recovered_s[-1]:.1f} s"


async def _recovery(here: System, load: Load, witness: Witness) -> float:
    """Return how long it takes until what was acknowledged counts, and so does a new report [s]."""
    loop = asyncio.get_running_loop()
    healed = loop.time()

    async def has() -> bool:
        counted = load.told.acknowledged.items()
        # Of a later revision it is not known whether that is seen, or the one before.
        new = any(
            revision == 1 and at > healed and name in witness.seen
            for (name, revision), at in counted
        )
        return new and not witness.waiting(healed)

    await here.until(has, "all that was acknowledged counts, and so does a new report", RECOVERS_S)
    return loop.time() - healed


async def _seen(here: System, witness: Witness) -> None:
    """Return once the witness, too, has read to the end."""

    async def has() -> bool:
        return not witness.waiting(asyncio.get_running_loop().time())

    # What it never sees is found when all is judged.
    try:
        await here.until(has, "the witness has seen all", 20)
    except AssertionError:
        return
