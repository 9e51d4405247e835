"""The audit: who changed what, when, and what came of it; never content, never secrets."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine, insert, select

from services.gateway.tables import audit
from services.ledger.database import reading, writing
from services.moments import Clock, utc_now

COMMAND_LINE = "command line"
"""Who acts, where somebody at the machine of the database does."""

LONGEST = 300
"""Of each text [characters]: a path may be much longer."""


class Entry(BaseModel):
    """One change."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    number: int = Field(description="1, 2, ... in the order of writing.")
    at: datetime = Field(description="When it was done [UTC].")
    request_id: str = Field(description="As in the response and the log; '-' on a command line.")
    caller: str = Field(description="The key's name, or who the identity provider says it is.")
    action: str = Field(description="What was asked for.")
    subject: str = Field(description="The ids of what it was about; '-' where it says none.")
    outcome: str = Field(description="The HTTP status, or what a command did.")


class Audit:
    """Writes and reads the audit in the gateway's database."""

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self._engine, self._clock = engine, clock

    async def record(
        self, caller: str, action: str, subject: str, outcome: str, request_id: str = "-"
    ) -> None:
        """Add a row without blocking the event loop; see ``add``."""
        await asyncio.to_thread(self.add, caller, action, subject, outcome, request_id)

    def add(
        self, caller: str, action: str, subject: str, outcome: str, request_id: str = "-"
    ) -> None:
        """Add a row, at the present moment.

        Raises
        ------
        sqlalchemy.exc.DBAPIError
            It could not be written.
        """
        texts = {
            "request_id": request_id,
            "caller": caller,
            "action": action,
            "subject": subject,
            "outcome": outcome,
        }
        # PostgreSQL has no NUL in text, and a path may hold one.
        kept = {name: text.replace("\x00", "\ufffd")[:LONGEST] for name, text in texts.items()}
        with writing(self._engine) as connection:
            connection.execute(insert(audit).values(at=self._clock(), **kept))

    def page(self, after: int, limit: int) -> Sequence[Entry]:
        """Return at most ``limit`` rows whose number is above ``after``, in their order."""
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
        with reading(self._engine) as connection:
            return [Entry.model_validate(row) for row in connection.execute(query)]
