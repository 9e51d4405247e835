"""What of the local stack is running, and what is said when a part of it ends by itself."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.faults import Fault
from services.local.beside import Beside
from services.local.broker import Broker
from services.local.process import tail_of
from services.settings import Settings

T = TypeVar("T")


class WorkerDied(Fault):
    """The risk worker ended by itself."""


class BrokerDied(Fault):
    """The broker of the stack ended by itself."""


class LedgerDied(Fault):
    """The ledger of the stack ended by itself."""


class NotifierDied(Fault):
    """The notifier of the stack ended by itself."""


class GatewayDied(Fault):
    """The gateway of the stack ended by itself."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is running: the settings to reach it, and where the worker writes its log.

    Parameters
    ----------
    ledger
        None where no read model is filled.
    notifier
        None where nobody is told of alerts.
    gateway
        None where nothing is served.
    address
        Where the gateway serves, once it does.
    """

    settings: Settings
    broker: Broker
    worker: asyncio.subprocess.Process
    worker_log: Path
    ledger: Beside | None = None
    notifier: Beside | None = None
    gateway: Beside | None = None
    address: str | None = None

    async def while_it_works(self, task: Coroutine[Any, Any, T]) -> T:
        """Run ``task`` to its end, unless a part of the stack ends first.

        Raises
        ------
        WorkerDied, BrokerDied, LedgerDied, NotifierDied, GatewayDied
            With the end of its log.
        """
        doing = asyncio.ensure_future(task)
        ends = [asyncio.ensure_future(self.worker.wait())]
        if self.broker.serving is not None:
            ends.append(asyncio.ensure_future(self.broker.serving.process.wait()))
        for part in filter(None, (self.ledger, self.notifier, self.gateway)):
            ends.append(asyncio.ensure_future(part.process.wait()))
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
        for name, part, fault in (
            ("ledger", self.ledger, LedgerDied),
            ("notifier", self.notifier, NotifierDied),
            ("gateway", self.gateway, GatewayDied),
        ):
            if part is not None and part.process.returncode is not None:
                code = part.process.returncode
                return fault(f"the {name} ended with exit code {code}; {tail_of(part.log)}")
        code = self.worker.returncode or 0
        return WorkerDied(
            f"the risk worker ended with exit code {code}; {tail_of(self.worker_log)}"
        )
