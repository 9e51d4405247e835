"""What this gateway has in hand or has written lately, so that a resend is not written again."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from schemas.base import RecordRef
from schemas.incident import Traffic

KEPT = 200_000
"""How many incidents are remembered: some 100 MB."""

KEPT_S = 900.0
"""How long one is remembered [s]; by then the read model knows it."""


class Differs(Exception):
    """The revision is known with other content: a worker would reject this one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A revision: what tells its content, and the place that it has or will have."""

    digest: str
    traffic: Traffic
    status: str
    at: float
    place: "asyncio.Future[RecordRef]"


class Recent:
    """Revisions by incident, those that were sent last.

    It only spares the log repeats: without it a resend would stand there twice and count once.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: OrderedDict[str, dict[int, Sent]] = OrderedDict()

    def of(self, incident_id: str, now: float) -> dict[int, Sent]:
        """Return what was sent of an incident and is, or may come to be, in the log."""
        found = self._found.get(incident_id, {})
        return {n: sent for n, sent in found.items() if _stands(sent, now)}

    def send(
        self,
        what: tuple[str, int],
        digest: str,
        said: tuple[Traffic, str],
        now: float,
        put: Callable[[], "asyncio.Future[RecordRef]"],
    ) -> tuple["asyncio.Future[RecordRef]", bool]:
        """Return the place of a revision, and whether it had been sent before.

        Parameters
        ----------
        said
            The revision's traffic and status.
        now
            [s since 1970]

        Raises
        ------
        Differs
            Another content was sent as this revision.
        """
        incident_id, revision = what
        known = self._found.get(incident_id, {}).get(revision)
        if known is not None and _stands(known, now):
            if known.digest != digest:
                raise Differs
            return known.place, True
        sent = Sent(digest, *said, now, put())
        self._found.setdefault(incident_id, {})[revision] = sent
        self._found.move_to_end(incident_id)
        if len(self._found) > self._kept:
            self._found.popitem(last=False)
        return sent.place, False


def _stands(sent: Sent, now: float) -> bool:
    """Tell whether it is still remembered; what was refused never was sent."""
    if not sent.place.done():
        return True
    return sent.place.exception() is None and now - sent.at <= KEPT_S
