"""Says when so many records are rejected that going on would only drain a topic."""

import copy
from collections import Counter, deque
from collections.abc import Sequence

from schemas.rejection import RejectReason


class TooManyRejects(Exception):
    """Too large a share of the last records was rejected; the message counts why."""

    def __init__(self, limit: float, seen: int, reasons: Counter[RejectReason]) -> None:
        counts = ", ".join(f"{n} {reason.value}" for reason, n in reasons.most_common())
        super().__init__(
            f"{reasons.total()} of the last {seen} records were rejected ({counts}); expected a "
            f"share of at most {limit:g}. The worker stops here and leaves the rest of the topic "
            "unread. Look at them with: forewarn rejected list; mend the producer, or, to go on "
            "all the same, raise FOREWARN_WORKER__REJECT_SHARE (1 never stops); then start the "
            "worker again: it continues where it stopped"
        )


class RejectLimit:
    """Counts the faults among the last records that one agent handled.

    Parameters
    ----------
    share
        The largest share of faults that is borne, from 0 to 1; 1 bears everything.
    window
        Over how many of the last records the share is taken.
    least
        How many must have been seen first: the share of a few says little.
    """

    def __init__(self, share: float, window: int, least: int) -> None:
        if not 1 <= least <= window:
            msg = f"least: {least}; expected from 1 to the window, {window}"
            raise ValueError(msg)
        self._share = share
        self._least = least
        self._recent: deque[RejectReason | None] = deque(maxlen=window)
        self._faults: Counter[RejectReason] = Counter()

    def saw(self, reason: RejectReason | None) -> None:
        """Count one record: rejected for ``reason``, or handled when it is None.

        A report that is set aside belongs to no watched border, which is no fault of its producer.

        Raises
        ------
        TooManyRejects
            The share of faults is above the limit.
        """
        fault = None if reason is None or reason.set_aside else reason
        if len(self._recent) == self._recent.maxlen and (gone := self._recent[0]) is not None:
            self._faults[gone] -= 1
        self._recent.append(fault)
        if fault is None:
            return
        self._faults[fault] += 1
        seen = len(self._recent)
        if seen >= self._least and self._faults.total() > self._share * seen:
            raise TooManyRejects(self._share, seen, +self._faults)

    def borne(self, reasons: Sequence[RejectReason | None]) -> int:
        """Return how many of the next records can be counted: all, or up to the one too many."""
        if not any(reasons):
            return len(reasons)
        ahead = copy.copy(self)
        ahead._recent, ahead._faults = self._recent.copy(), self._faults.copy()
        for number, reason in enumerate(reasons, start=1):
            try:
                ahead.saw(reason)
            except TooManyRejects:
                return number
        return len(reasons)
