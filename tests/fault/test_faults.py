"""A short form of what ``make chaos`` does for hours: some faults, one after the other, at once."""

import os
from pathlib import Path
from random import Random

import pytest

from services.local.broker import BrokerKind, tools
from tests import databases
from tests.conftest import kind_under_test
from tests.fault.campaign import Fault, campaign
from tests.fault.faults import named
from tests.fault.system import System, machines

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORT = ("kill-several", "zombie", "poison")
SEED = int(os.environ.get("FOREWARN_TEST_SEED", "1"))


def lacks() -> str | None:
    """Say what the service cannot be put to faults without, where it is not there."""
    if kind_under_test() is not BrokerKind.KAFKA:
        return f"only Apache Kafka keeps its data when it is killed; it needs {tools().missing}"
    return databases.missing()


@pytest.mark.skipif(lacks() is not None, reason=str(lacks()))
async def test_nothing_is_unseen_counted_twice_or_different_whatever_breaks(
    tmp_path: Path,
) -> None:
    left = list(SHORT)

    async def one_after_the_other(system: System, dice: Random) -> None:
        await named(left.pop(0)).strike(system, dice)

    fault = Fault("short", ", ".join(SHORT), one_after_the_other)
    async with machines(tmp_path / "machines", nodes=1) as found:
        outcome = await campaign(
            found, fault, len(SHORT), SEED, tmp_path / "system", rate=30, say=print
        )
    print(outcome.piece())
    assert outcome.findings.all == []
    assert outcome.runs == len(SHORT)
    assert outcome.acknowledged > 30
    assert outcome.alerts > 0
    assert outcome.told > 0
