"""Ends the worker, in order and for a named reason, when too many records are rejected."""

import signal
from collections.abc import Awaitable, Callable

import faust
import structlog

from schemas.rejection import RejectReason
from services.risk.limit import RejectLimit, TooManyRejects

Watch = Callable[[RejectReason | None], Awaitable[None]]
"""Is told of every record that has been handled: why it was rejected, or None."""

log = structlog.get_logger(__name__)


class RiskApp(faust.App):
    """A Faust application that can end its worker; ``failure`` then says why."""

    failure: Exception | None = None

    async def end(self, failure: Exception) -> None:
        """Stop the worker as SIGTERM does; return once no agent gets another record.

        An agent that raised would be restarted with the next record, and ``App.crash`` cancels
        the other agents within a record that Faust then takes for done. An orderly stop first
        suspends the streams, waits for what every agent has in hand, and commits exactly that.
        """
        if self.failure is None:
            self.failure = failure
            log.critical("worker ends", why=str(failure))
            signal.raise_signal(signal.SIGTERM)
        # The streams are suspended in the same step of the loop that marks the app as stopped.
        await self.wait_until_stopped()


def watch(app: RiskApp, limit: RejectLimit) -> Watch:
    """Return what counts an agent's rejects and ends ``app`` when they pass ``limit``.

    An agent awaits it after it has published a record's consequences and kept its state, and
    before it takes the next one: the record at which the worker stops is thus done.
    """

    async def saw(reason: RejectReason | None) -> None:
        try:
            limit.saw(reason)
        except TooManyRejects as error:
            await app.end(error)

    return saw
