"""The ledger that a console shows in the tests: written as the ledger's own process writes it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.command import AcknowledgeCommand
from schemas.incident import Traffic
from services.gateway.auditing import Audit
from services.gateway.tables import GATEWAY
from services.ledger import database
from services.ledger.store import Store
from services.moments import utc_now
from services.settings import Settings
from tests.ledger.builders import Tape, alert

CALM, WATCHED, ACKNOWLEDGED, UNKNOWN = (f"KGZ-TJK-050-{n:02}" for n in (2, 4, 7, 9))
"""Segments: at normal, with an alert, with one that was acknowledged, with nothing said of it."""

OFFICER = "duty officer"


class Desk:
    """A console's address, the process that serves it, and the ledger behind it."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self.pid = 0
        self.folder = folder
        self._tape = Tape()
        where = database.url(Settings(data_dir=folder))
        self._ledger = database.connect(where)

    def say(
        self,
        segment_id: str,
        level: Level,
        at: datetime | None = None,
        traffic: Traffic = Traffic.ACTUAL,
    ) -> None:
        """Write an assessment."""
        self._tape.assess(at or utc_now(), segment_id=segment_id, level=level, traffic=traffic)
        self._write()

    def raise_alert(
        self,
        segment_id: str,
        level: Level,
        headline: str,
        at: datetime | None = None,
        traffic: Traffic = Traffic.ACTUAL,
    ) -> Alert:
        """Write the assessment and the alert with which a level rises."""
        at = at or utc_now()
        self._tape.assess(at, segment_id=segment_id, level=level, traffic=traffic)
        told = alert(
            1, at, alert_id=f"A-{segment_id}-{at:%y%m%d%H%M%S%f}", segment_id=segment_id,
            level=level, opened_at=at, headline=headline, traffic=traffic,
            explanation="The level rose.\nBecause of stones.",
        )  # fmt: skip
        self._tape.alert(told)
        self._write()
        return told

    def change(self, told: Alert, transition: Transition, level: Level, at: datetime) -> Alert:
        """Write the assessment and the transition with which an alert changes."""
        self._tape.assess(at, segment_id=told.segment_id, level=level, traffic=told.traffic)
        changes = {
            "sequence": told.sequence + 1,
            "transition": transition,
            "level": level,
            "previous_level": told.level,
            "recorded_at": at,
        }
        changed = told.model_copy(update=changes)
        self._tape.alert(changed)
        self._write()
        return changed

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let the alerts be where nobody finds them."""
        with self._ledger.begin() as connection:
            connection.execute(text("ALTER TABLE alerts RENAME TO away"))
        try:
            yield
        finally:
            with self._ledger.begin() as connection:
                connection.execute(text("ALTER TABLE away RENAME TO alerts"))

    def acknowledge(self, told: Alert) -> None:
        """Write that the officer has seen an alert."""
        said = AcknowledgeCommand(
            kind="acknowledge", alert_id=told.alert_id, segment_id=told.segment_id,
            traffic=Traffic.ACTUAL, author=OFFICER,
        )  # fmt: skip
        self._tape.command(said, utc_now())
        changes = {
            "sequence": told.sequence + 1,
            "transition": Transition.ACKNOWLEDGED,
            "acknowledged": True,
            "recorded_at": utc_now(),
        }
        self._tape.alert(told.model_copy(update=changes))
        self._write()

    def write(self, *told: Callable[[Tape], object]) -> None:
        """Write what each adds to the log."""
        for add in told:
            add(self._tape)
        self._write()

    def audited(self) -> list[tuple[str, str, str, str]]:
        """Return who did what, of what, with which outcome, by the gateway's audit."""
        own = database.connect(database.place(None, self.folder, GATEWAY), GATEWAY)
        try:
            rows = Audit(own).page(0, 500)
        finally:
            own.dispose()
        return [(row.caller, row.action, row.subject, row.outcome) for row in rows]

    def ahead(self, span: timedelta) -> None:
        """Let the gateway's clock be ahead."""
        (self.folder / "ahead").write_text(str(span / timedelta(hours=1)))

    async def until(self, true: Callable[[], object], within_s: float) -> None:
        """Wait until something is so.

        Raises
        ------
        TimeoutError
            It is not in time.
        """
        async with asyncio.timeout(within_s):
            while not true():
                await asyncio.sleep(0.05)

    def close(self) -> None:
        """Let the ledger go."""
        self._ledger.dispose()

    def _write(self) -> None:
        self._tape.feed(Store(self._ledger))


def filled(folder: Path) -> Desk:
    """Return a ledger with two open alerts, a calm segment, and some of which nothing is known."""
    desk = Desk(folder)
    now = utc_now()
    desk.say(CALM, Level.NORMAL, now - timedelta(hours=2))
    desk.raise_alert(WATCHED, Level.WATCH, "WATCH: stones at Vorukh", now - timedelta(hours=1))
    seen = desk.raise_alert(
        ACKNOWLEDGED, Level.WARNING, "WARNING: warning shots at Kok-Tash", now - timedelta(hours=3)
    )
    desk.acknowledge(seen)
    return desk
