"""A local stack of which a part ends by itself says so, with the end of that part's log."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.local.beside import Beside
from services.local.broker import Broker, BrokerKind
from services.local.running import GatewayDied, LedgerDied, NotifierDied, Running
from services.settings import Settings


@pytest.mark.parametrize(
    ("part", "fault"),
    [("ledger", LedgerDied), ("notifier", NotifierDied), ("gateway", GatewayDied)],
)
async def test_a_part_that_ends_ends_the_stack_with_its_log(
    part: str, fault: type[Exception], tmp_path: Path
) -> None:
    log = tmp_path / f"{part}.log"
    log.write_text("error: the port is taken\n")
    lasting = await asyncio.create_subprocess_exec("sleep", "600")
    ending = await asyncio.create_subprocess_exec("sh", "-c", "exit 3")
    broker = Broker(BrokerKind.EXISTING, "127.0.0.1:1", "a broker")
    try:
        running = Running(Settings(), broker, lasting, tmp_path / "worker.log")
        ends: dict[str, Any] = {part: Beside(ending, log)}
        running = replace(running, **ends)
        with pytest.raises(fault, match=f"(?s)the {part} ended with exit code 3; .*port is taken"):
            await running.while_it_works(asyncio.Event().wait())
    finally:
        lasting.kill()
        await lasting.wait()
