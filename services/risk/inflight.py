"""Up to where a partition is done whose records are with agents a batch at a time."""

from collections import deque
from collections.abc import Iterable

from services.risk.batches import Batch


class InFlight:
    """The batches of one partition that agents have and have not acknowledged, in order.

    ``done`` is the offset up to which all is done, None until something is. It stops for good at a
    batch that was acknowledged in part: nothing after what is not done may count as done.
    """

    def __init__(self) -> None:
        self.done: int | None = None
        self._given: deque[Batch] = deque()
        self._acknowledged: set[int] = set()
        self._stopped = False

    def give(self, batch: Batch) -> None:
        """Note that an agent gets ``batch``; what is read again takes the place of what was."""
        while self._given and self._given[-1].first >= batch.first:
            self._given.pop()
        self._acknowledged.discard(batch.first)
        self._given.append(batch)

    def pass_over(self, first: int, end: int, committed: int | None) -> None:
        """Note that from ``first`` up to ``end`` there is no record, only what takes an offset.

        Parameters
        ----------
        committed
            Up to where the partition was done before anything of it was given.
        """
        done = committed if self.done is None else self.done
        if not self._given and done is not None and first <= done < end:
            self.done = end

    def acknowledge(self, firsts: Iterable[int]) -> None:
        """Note that the batches whose first offsets these are have been acknowledged."""
        self._acknowledged.update(firsts)
        while self._given and not self._stopped and self._given[0].first in self._acknowledged:
            batch = self._given.popleft()
            self._acknowledged.remove(batch.first)
            self.done = batch.settled
            self._stopped = batch.settled < batch.end
        if not self._given:
            self._acknowledged.clear()
