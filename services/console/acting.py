"""Does what a page is told to, with the checks and the audit that a request for it would have."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from schemas.base import RecordRef
from services.console.looking import OPERATOR, Looking
from services.console.room import Room
from services.console.said import Outcome, answer
from services.gateway import problems
from services.gateway.problems import Problem
from services.gateway.rate import pace
from services.gateway.who import LOCAL, Caller, Scope, allow
from services.ledger.database import AWAY

T = TypeVar("T")

LOOK_S = 0.2
"""How often the ledger is asked for the worker's answer [s]."""

ANSWER_S = 15.0
"""How long the worker's answer is waited for before it is said that none has come [s]."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that changes something: what the audit calls it, and who may do it."""

    name: str
    scope: Scope


class Hand:
    """Acts for whoever looks at a page."""

    def __init__(self, room: Room, at: Looking) -> None:
        self._room, self._at = room, at

    async def do(self, action: Action, subject: str, work: Callable[[Caller], Awaitable[T]]) -> T:
        """Return what ``work`` for the caller returns.

        Who looks is found out anew, so that a key that was revoked a moment ago does nothing.

        Raises
        ------
        Problem
            They may not do it, do it too fast, or the work raises it.
        """
        assert self._at.again is not None
        caller = await self._at.again()
        request_id, began, status = uuid.uuid4().hex, time.perf_counter(), 500
        try:
            allow(caller, action.scope)
            pace(self._room.parts, caller)
            done = await work(caller)
            status = 202
        except Problem as problem:
            status = problem.kind.status
            raise
        except AWAY as error:
            log.error("a database does not answer", action=action.name, exc_info=error)
            status = problems.READ_MODEL_AWAY.status
            raise problems.unanswered("the database") from error
        finally:
            log.info(
                "action",
                action=action.name,
                status=status,
                duration_s=round(time.perf_counter() - began, 6),
                caller=caller.name,
                request_id=request_id,
            )
            # The page may be closed meanwhile: what was done is recorded all the same.
            row = (caller.name, action.name, subject, str(status), request_id)
            await asyncio.shield(asyncio.ensure_future(self._record(*row)))
        return done

    async def answer(self, record: RecordRef) -> tuple[Outcome, str]:
        """Return what a worker made of a command, and why; ``WAITING`` where none has answered."""
        deadline = time.monotonic() + ANSWER_S
        while True:
            try:
                found = await asyncio.to_thread(answer, self._room.parts.ledger, record)
            except AWAY:
                found = (Outcome.WAITING, "")
            if found[0] is not Outcome.WAITING or time.monotonic() > deadline:
                return found
            await asyncio.sleep(LOOK_S)

    async def _record(self, *row: str) -> None:
        if row[3] == str(problems.TOO_MANY.status):
            return
        try:
            await self._room.parts.audit.record(*row)
        except SQLAlchemyError:
            # The change is made, and cannot be unmade: the log keeps what the audit could not.
            log.exception("the audit cannot be written", caller=row[0], action=row[1])


def author(caller: Caller, kept: Mapping[str, Any]) -> str | None:
    """Return in whose name a caller acts; None: where no key is asked for, they must say it.

    Parameters
    ----------
    kept
        What the server keeps for this browser.
    """
    return kept.get(OPERATOR) if caller is LOCAL else caller.name
