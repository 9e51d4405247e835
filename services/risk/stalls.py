"""Tells a worker that waits from one that is stuck: something is to be done, and nothing moves."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that is to be done.

    Parameters
    ----------
    come
        How far it has come, as a number that changes with every step.
    limit_s
        For how long it may not change [s].
    """

    come: int
    limit_s: float


class Stalls:
    """Since when each thing that is to be done has not moved.

    Parameters
    ----------
    gap_s
        How long after the one before a look may come [s]. After more it begins anew: whoever
        looks was held up as well, such as the whole process.
    """

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._looked = 0.0
        self._since: dict[str, tuple[int, float]] = {}

    def look(self, now: float, waiting: Mapping[str, Waiting]) -> str | None:
        """Return what has not moved for too long and for how long, in words; None: all moves.

        Parameters
        ----------
        now
            Of a clock that only goes forward [s].
        waiting
            What is to be done now, by what it is called; what is not named needs nothing done.
        """
        if now - self._looked > self._gap_s:
            self.forget()
        self._looked = now
        self._since = {
            name: self._stood(name, one.come, now) for name, one in sorted(waiting.items())
        }
        for name, one in sorted(waiting.items()):
            stood = now - self._since[name][1]
            if stood > one.limit_s:
                return f"{name}: nothing has moved for {stood:.0f} s"
        return None

    def forget(self) -> None:
        """Begin anew: nobody could look."""
        self._since.clear()

    def _stood(self, name: str, come: int, now: float) -> tuple[int, float]:
        before = self._since.get(name)
        return before if before is not None and before[0] == come else (come, now)
