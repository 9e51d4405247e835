"""Takes a batch line by line to the log, many at once, and tells of each in their order."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.domain.intake import Refusal
from schemas.base import RecordRef
from services.gateway.parts import InDoubt, LogAway, Parts
from services.gateway.problems import Problem
from services.gateway.publishing import known, reports, statuses
from services.gateway.publishing.hiding import sealed
from services.gateway.publishing.known import Revisions
from services.gateway.publishing.lines import Cutter, TooLong
from services.gateway.publishing.reports import Publishable
from services.gateway.publishing.statuses import Status, Tally
from services.gateway.publishing.submitting import differs, placed
from services.gateway.recent import Differs

WINDOW = 2_000
"""Most lines whose status has not been told."""

WINDOW_BYTES = 8 * 1_048_576
"""Most bytes of such lines [bytes]: with long ones there are fewer."""

SLICE_S = 0.02
"""For how long lines are judged in one go [s]: until then nobody else is served."""

Line = bytes | TooLong
Judged = Publishable | Refusal | TooLong | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A line whose status is told in its turn: ``told`` at once, or once the place is known."""

    line: int
    size: int
    status: Status
    told: bytes = b""
    report: Publishable | None = None
    place: "asyncio.Future[RecordRef] | None" = None
    repeated: bool = False


class Pipeline:
    """One batch of one caller."""

    def __init__(self, parts: Parts, caller: str) -> None:
        self._parts = parts
        self._source = reports.source_of(caller)
        self._pending: deque[Pending] = deque()
        self._held = 0
        self._number = 0
        self._away: str | None = None
        self._tally = Tally()

    async def run(self, body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Yield the answer while the body is read.

        No more is read while the window is full or the client does not take the answer.
        """
        cutter = Cutter(self._parts.settings.gateway.line_bytes)
        pieces = aiter(body)
        piece = asyncio.ensure_future(_next_of(pieces))
        try:
            # Both are waited for: a client may want an answer before it sends more.
            while (got := await self._first(piece)) is not None or not piece.done():
                if got is not None:
                    async for told in self._take(cutter.feed(got)):
                        yield told
                    piece = asyncio.ensure_future(_next_of(pieces))
                if ready := await self._ready():
                    yield ready
        finally:
            piece.cancel()
        async for told in self._take(cutter.rest()):
            yield told
        while self._pending:
            yield await self._next()
        yield self._tally.end()

    async def _first(self, piece: "asyncio.Future[bytes | None]") -> bytes | None:
        """Return the next piece of the body, or None once the oldest line can be told, or both.

        A piece is given out only when it is there; None with a piece that is done is the end.
        """
        waited: set[asyncio.Future[Any]] = {piece}
        if self._pending and (oldest := self._pending[0].place) is not None:
            waited.add(oldest)
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        return piece.result() if piece.done() else None

    async def _ready(self) -> bytes:
        """Return the lines of the answer that need not be waited for."""
        ready = []
        while self._pending and _settled(self._pending[0]):
            ready.append(await self._next())
        return b"".join(ready)

    async def _take(self, lines: Iterator[Line]) -> AsyncIterator[bytes]:
        """Give lines to the log, and serve others in between; yield what can be told by then."""
        while some := self._judged_in_one_go(lines):
            async for told in self._given_to_the_log(some):
                yield told
            await asyncio.sleep(0)

    def _judged_in_one_go(self, lines: Iterator[Line]) -> list[tuple[Line, Judged]]:
        found: list[tuple[Line, Judged]] = []
        until = time.perf_counter() + SLICE_S
        for line in lines:
            found.append((line, self._judged(line)))
            if time.perf_counter() >= until:
                break
        return found

    async def _given_to_the_log(self, some: list[tuple[Line, Judged]]) -> AsyncIterator[bytes]:
        judged = await self._hidden([found for _, found in some])
        wanted = {found.place[0] for found in judged if isinstance(found, Publishable)}
        there = await known.by_ledger(self._parts, wanted) if wanted else {}
        for (line, _), found in zip(some, judged, strict=True):
            self._number += 1
            size = len(line) if isinstance(line, bytes) else 0
            pending = self._given(found, size, there)
            self._pending.append(pending)
            self._held += size
            while len(self._pending) > WINDOW or self._held > WINDOW_BYTES:
                yield await self._next()

    async def _hidden(self, judged: list[Judged]) -> list[Judged]:
        """Return the lines with the sources of reports sealed; where that fails, none is sent."""
        found = [n for n, one in enumerate(judged) if isinstance(one, Publishable)]
        try:
            closed = await sealed(self._parts, [judged[n] for n in found])  # type: ignore[misc]
        except Problem as problem:
            self._away = self._away or problem.detail
            return judged
        for n, one in zip(found, closed, strict=True):
            judged[n] = one
        return judged

    def _judged(self, line: Line) -> Judged:
        if isinstance(line, TooLong) or self._away is not None:
            return line if isinstance(line, TooLong) else None
        if not line.strip():
            return None
        return reports.line(line, self._source, self._parts.clock())

    def _given(
        self,
        found: Judged,
        size: int,
        there: Mapping[str, Revisions],
    ) -> Pending:
        """Return what is to be told of the line; a report is on its way to the log then."""
        n = self._number
        if isinstance(found, TooLong):
            detail = f"line {n}: longer than {found.limit} bytes; send a shorter summary"
            return Pending(n, 0, Status.TOO_LONG, statuses.told(n, Status.TOO_LONG, detail=detail))
        if self._away is not None:
            return Pending(n, size, Status.LOG_AWAY, self._not_there(n, found))
        if found is None:
            return Pending(n, size, Status.EMPTY, statuses.told(n, Status.EMPTY))
        if isinstance(found, Refusal):
            return Pending(n, size, Status.INVALID, statuses.invalid(n, found))
        incident_id, revision = found.place
        revisions = there.get(incident_id, {})
        try:
            place, repeated = placed(self._parts, found, revisions)
        except Differs:
            detail = differs(incident_id, revision, revisions)
            told = statuses.told(
                n, Status.CONFLICT, incident_id=incident_id, revision=revision, detail=detail
            )
            return Pending(n, size, Status.CONFLICT, told)
        if place.done() and isinstance(error := place.exception(), LogAway):
            # What comes after is not tried: the client then knows from where to send again.
            self._away = str(error)
        return Pending(n, size, Status.ACCEPTED, b"", found, place, repeated)

    async def _next(self) -> bytes:
        """Return the line of the answer that is next, once it is known."""
        first = self._pending.popleft()
        self._held -= first.size
        status, told = await self._outcome(first)
        self._tally.add(first.line, status)
        return told

    async def _outcome(self, pending: Pending) -> tuple[Status, bytes]:
        report, n = pending.report, pending.line
        if report is None or pending.place is None:
            return pending.status, pending.told
        try:
            # Not to be taken back when the client hangs up: others may wait for the same.
            record = await asyncio.shield(pending.place)
        except LogAway as error:
            self._away = self._away or str(error)
            return Status.LOG_AWAY, self._not_there(n, report)
        except InDoubt as error:
            detail = f"whether it was written cannot be told ({error}); send the line again"
            incident_id, revision = report.place
            return Status.IN_DOUBT, statuses.told(
                n, Status.IN_DOUBT, incident_id=incident_id, revision=revision, detail=detail
            )
        return Status.ACCEPTED, statuses.accepted(n, report, record, repeated=pending.repeated)

    def _not_there(self, n: int, found: object) -> bytes:
        incident_id, revision = found.place if isinstance(found, Publishable) else (None, None)
        detail = f"the log does not answer ({self._away}); nothing of this line is there"
        return statuses.told(
            n, Status.LOG_AWAY, incident_id=incident_id, revision=revision, detail=detail
        )


def _settled(pending: Pending) -> bool:
    return pending.place is None or pending.place.done()


async def _next_of(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
