"""Gives one who signs in another session than the one that they came with.

Whoever planted a session in a browser, to find it signed in later, then holds one that nobody
uses. What is kept of a browser has the session's id; a cookie is set by a request alone, and one
signs in over the page's connection: a ticket leads from there to such a request.
"""

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

LASTS_S = 60.0
"""How long a ticket, and what waits for a new session, counts [s]."""

Kept = Mapping[str, Any]


class Tickets:
    """Tickets of this process, each for one use by the session that it was issued to.

    Parameters
    ----------
    clock
        Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._issued: dict[str, tuple[float, str, Kept]] = {}
        self._waiting: dict[str, tuple[float, Kept]] = {}

    def issue(self, session: str, kept: Kept) -> str:
        """Return a ticket with which ``session`` becomes another one, of which ``kept`` is kept."""
        now = self._clock()
        self._issued = {t: one for t, one in self._issued.items() if one[0] > now}
        self._waiting = {s: one for s, one in self._waiting.items() if one[0] > now}
        ticket = secrets.token_urlsafe(32)
        self._issued[ticket] = (now + LASTS_S, session, kept)
        return ticket

    def redeem(self, ticket: str, session: str) -> str | None:
        """Return the new session, whose browser comes next; None where the ticket is none."""
        until, issued_to, kept = self._issued.pop(ticket, (0.0, "", {}))
        if until <= self._clock() or not secrets.compare_digest(issued_to, session):
            return None
        new = str(uuid.uuid4())
        self._waiting[new] = (self._clock() + LASTS_S, kept)
        return new

    def collect(self, session: str) -> Kept:
        """Return what is to be kept of a session that has just begun; nothing of another one."""
        until, kept = self._waiting.pop(session, (0.0, {}))
        return kept if until > self._clock() else {}
