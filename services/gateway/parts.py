"""What the routes work with: opened once by whoever composes the gateway."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy import Engine

from schemas.base import RecordRef
from schemas.segment import Segment
from services.gateway.auditing import Audit
from services.gateway.buckets import Buckets
from services.gateway.following.log import AlertLog, NoLog
from services.gateway.recent import Recent
from services.gateway.sealing import Sealing
from services.gateway.who import Identify, anyone_here
from services.gateway.wrapping import Wrapping
from services.metrics.meters import Meters
from services.metrics.table import Process
from services.moments import Clock, utc_now
from services.records import Outgoing
from services.settings import Settings
from services.tracing.spans import UNTOLD, Spans
from services.version import version


class LogAway(Exception):
    """The log does not take a record now; nothing of it is there."""


class InDoubt(Exception):
    """Whether a record has been written cannot be told; writing it again may write it twice."""


class Writer(Protocol):
    """Appends records to the log."""

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        """Take a record in hand, and return the place that it will have.

        Records of one key get their places in the order in which they are put. The place raises
        what ``append`` does.
        """
        ...

    async def append(self, record: Outgoing) -> RecordRef:
        """Return where a record stands, once every replica has it.

        Raises
        ------
        LogAway
            It has not been written, and will not be.
        InDoubt
            Whether it has been written cannot be told.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything outside the process that routes use, and the clock.

    Parameters
    ----------
    ledger
        The read model, which others fill.
    own
        The gateway's own database: keys, idempotency, audit, sealing keys.
    segments
        The segments of the settings' borders, by id.
    recent, buckets
        What this process remembers: what it has sent lately, and how fast each caller asks.
    meters
        What is told of the requests.
    alert_log
        Which log the alerts are of, and where it ends.
    spans
        What is told of the requests to whoever collects traces.
    """

    settings: Settings
    log: Writer
    ledger: Engine
    own: Engine
    segments: Mapping[str, Segment]
    identify: Identify = anyone_here
    alert_log: AlertLog = field(default_factory=NoLog)
    clock: Clock = field(default=utc_now)
    meters: Meters = field(default_factory=lambda: Meters(Process.GATEWAY, version()))
    recent: Recent = field(default_factory=Recent)
    buckets: Buckets = field(default_factory=Buckets)
    spans: Spans = UNTOLD

    @property
    def audit(self) -> Audit:
        """Who changed what."""
        return Audit(self.own, self.clock)

    @property
    def sealing(self) -> Sealing:
        """What hides who reported, and erases it."""
        gateway = self.settings.gateway
        return Sealing(self.own, Wrapping(gateway.seal_key), self.clock, active=gateway.seal)


# A dependency that is no coroutine takes a thread, which slow questions may all have.
async def _of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Given = Annotated[Parts, Depends(_of)]
"""The parts, as an argument of a route."""
