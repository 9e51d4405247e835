"""Token buckets: how fast each caller may ask, without a clock of their own."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass
class Bucket:
    """Fills with time up to what may be asked at once; each request takes one."""

    tokens: float
    at: float

    def wait(self, now: float, rate: float, burst: int) -> float:
        """Take a token and return 0, or return after how long there is one [s]."""
        # A clock that is set back takes nothing away.
        passed = max(0.0, now - self.at)
        self.tokens = min(burst, self.tokens + passed * rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / rate


KEPT = 10_000
"""How many callers' buckets are kept; one that is forgotten is full again."""


class Buckets:
    """The bucket of each caller, those who asked last."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, name: str, now: float, burst: int) -> Bucket:
        """Return the bucket of a caller, full when it is new."""
        bucket = self._found.setdefault(name, Bucket(burst, now))
        self._found.move_to_end(name)
        if len(self._found) > KEPT:
            self._found.popitem(last=False)
        return bucket
