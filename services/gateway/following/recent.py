"""The last alerts, kept once for all readers: a ring of a bounded size."""

from collections import deque
from collections.abc import Iterable
from itertools import islice

from services.gateway.following.entries import Told
from services.gateway.following.position import Position


class Recent:
    """The last alerts in the order in which they were read; each has a number, from 0 on.

    Parameters
    ----------
    alerts
        Most alerts that are kept.
    size
        Most bytes of events that are kept.
    """

    def __init__(self, end: Position, alerts: int = 5_000, size: int = 32 * 1_048_576) -> None:
        self.end = end
        """The position of who has read everything."""
        self.next = 0
        """The number of the alert that comes next."""
        self._kept: deque[Told] = deque()
        self._bytes = 0
        self._most, self._size = alerts, size

    def extend(self, alerts: Iterable[Told], end: Position) -> None:
        """Add what was read next, up to ``end``; the oldest go."""
        for told in alerts:
            self._kept.append(told)
            self._bytes += len(told.wire)
            self.next += 1
            while len(self._kept) > self._most or self._bytes > self._size:
                self._bytes -= len(self._kept.popleft().wire)
        self.end = end

    def skip(self, end: Position) -> None:
        """Forget everything: what comes next does not follow on what was here."""
        self._kept.clear()
        self._bytes = 0
        # Nobody who waited for the alert of this number has read up to ``end``.
        self.next += 1
        self.end = end

    def since(self, number: int, most: int) -> list[Told] | None:
        """Return at most ``most`` alerts from a number on; None when the first is gone."""
        begin = number - (self.next - len(self._kept))
        return None if begin < 0 else list(islice(self._kept, begin, begin + most))
