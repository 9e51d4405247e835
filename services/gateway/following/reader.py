"""One reader of the alerts: where it stands, and what comes next for it."""

from collections.abc import Sequence

from services.gateway.following.entries import Told, told
from services.gateway.following.feed import Feed
from services.gateway.following.filters import Wanted
from services.gateway.following.position import Position

MOST = 32
"""Most alerts that a reader has in hand."""


class Reader:
    """Holds a position and a filter, and no alert.

    It reads what all readers share once it stands at the end of it, and before that, or when it
    has been overtaken, the read model.
    """

    def __init__(self, feed: Feed, position: Position, wanted: Wanted) -> None:
        self.position = position
        self._feed, self._wanted = feed, wanted
        self._number: int | None = None

    async def next(self) -> Sequence[bytes] | None:
        """Return the next events, which a filter may leave none of; None: nothing is there yet.

        Raises
        ------
        Gone
            Alerts after the position are missing.
        """
        recent = self._feed.recent
        if self._number is not None:
            found = recent.since(self._number, MOST)
            if found is not None:
                return self._shared(found)
            self._number = None
        if recent.end == self.position:
            self._number = recent.next
            return None
        if self.position.reaches(recent.end):
            # Another gateway's read model is further than ours.
            return None
        return await self._behind()

    def missing(self, kept: Position) -> None:
        """Go on from what is kept."""
        self.position, self._number = kept, None

    def _shared(self, found: Sequence[Told]) -> Sequence[bytes] | None:
        assert self._number is not None
        self._number += len(found)
        recent = self._feed.recent
        self.position = recent.end if self._number == recent.next else found[-1].after
        if not found:
            return None
        return [one.wire for one in found if self._wanted.takes(one.alert)]

    async def _behind(self) -> Sequence[bytes] | None:
        recent, before = self._feed.recent, self.position
        end, number = recent.end, recent.next
        page = await self._feed.page(before, self._wanted, MOST, end)
        self.position = page.after
        if page.after == before:
            # It is being emptied, and will be filled again.
            return None
        if self.position == end:
            # What has come meanwhile begins at this number.
            self._number = number
        return [told(stored, self._feed.codec).wire for stored in page.alerts]
