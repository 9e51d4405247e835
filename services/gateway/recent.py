"""What this gateway has in hand or has written lately, so that a resend is not written again."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from schemas.base import RecordRef
from schemas.incident import Traffic
from schemas.topics import INCIDENTS

KEPT = 150_000
"""How many incidents are remembered: some 100 MB."""

KEPT_S = 900.0
"""How long one is remembered [s]; by then the read model knows it."""


class Differs(Exception):
    """The revision is known with other content: a worker would reject this one."""


@dataclass(slots=True)
class Sent:
    """A revision: what tells its content, and the place that it has or will have.

    Parameters
    ----------
    at
        When it was sent [s since 1970].
    """

    digest: str
    traffic: Traffic
    status: str
    at: float
    _place: "asyncio.Future[RecordRef] | tuple[int, int]"

    @property
    def record(self) -> RecordRef | None:
        """Where it stands, or None while that is not known."""
        if isinstance(self._place, tuple):
            partition, offset = self._place
            return RecordRef(topic=INCIDENTS.name, partition=partition, offset=offset)
        written = self._place.done() and self._place.exception() is None
        return self._place.result() if written else None

    @property
    def place(self) -> "asyncio.Future[RecordRef]":
        """The place that it has or will have."""
        if not isinstance(self._place, tuple):
            return self._place
        there: asyncio.Future[RecordRef] = asyncio.get_running_loop().create_future()
        if (record := self.record) is not None:
            there.set_result(record)
        return there

    def stands(self, now: float) -> bool:
        """Tell whether it is still remembered; what was refused never was sent."""
        if isinstance(self._place, tuple):
            return now - self.at <= KEPT_S
        return not self._place.done() or self._place.exception() is None

    def written(self, place: "asyncio.Future[RecordRef]") -> None:
        """Keep no more than where it stands: a tenth of what the future takes."""
        if not place.cancelled() and place.exception() is None:
            self._place = (place.result().partition, place.result().offset)


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
        return {n: sent for n, sent in found.items() if sent.stands(now)}

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
        others = self._found.get(incident_id, {})
        known = others.get(revision)
        if known is not None and known.stands(now):
            if known.digest != digest:
                raise Differs
            return known.place, True
        place = put()
        sent = Sent(digest, *said, now, place)
        place.add_done_callback(sent.written)
        # The oldest go as they cease to stand: an incident may be revised for ever.
        others.pop(revision, None)
        for gone in list(takewhile(lambda n: not others[n].stands(now), others)):
            del others[gone]
        others[revision] = sent
        self._found[incident_id] = others
        self._found.move_to_end(incident_id)
        if len(self._found) > self._kept:
            self._found.popitem(last=False)
        return place, False
