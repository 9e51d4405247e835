"""A segment's days in numbers, as one table: what the features are computed from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Table = NDArray[np.int64]
"""One row a day, in order: day, incidents, fatal, deaths, nearby, close; shape (n_days, 6)."""

_WIDTH = 6


@dataclass(frozen=True, slots=True, order=True)
class Tally:
    """What ended on one day (UTC), each event once.

    ``nearby`` counts fatal events of other segments within sight, ``close`` those among them
    within ``CLOSE_KM``.
    """

    day: int
    incidents: int
    fatal: int
    deaths: int
    nearby: int = 0
    close: int = 0

    @property
    def row(self) -> tuple[int, ...]:
        """The tally as a row of ``Table``."""
        return self.day, self.incidents, self.fatal, self.deaths, self.nearby, self.close


class Tallies:
    """The tallies of one segment in order of their days; never changed, only replaced."""

    __slots__ = ("table",)

    def __init__(self, tallies: Iterable[Tally] = ()) -> None:
        self.table: Table = np.array([t.row for t in sorted(tallies)], dtype=np.int64)
        self.table = self.table.reshape(-1, _WIDTH)
        self.table.flags.writeable = False

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Tally]:
        return (Tally(*row) for row in self.table.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tallies) and np.array_equal(self.table, other.table)

    def __hash__(self) -> int:
        return hash(self.table.tobytes())

    def __repr__(self) -> str:
        return f"Tallies({list(self)})"

    @property
    def violent(self) -> bool:
        """Whether anything fatal is remembered of the segment itself."""
        return bool(self.table[:, 2].any())

    def before(self, day: int) -> list[int]:
        """Return the days before ``day``."""
        days = self.table[:, 0]
        found: list[int] = days[: days.searchsorted(day)].tolist()
        return found

    def since(self, day: int) -> list[int]:
        """Return ``day`` and the days after it, of those that there are."""
        days = self.table[:, 0]
        found: list[int] = days[days.searchsorted(day) :].tolist()
        return found

    def after(self, changed: Mapping[int, Tally | None], oldest: int) -> "Tallies":
        """Return the tallies with the ``changed`` days, None for one gone, from ``oldest`` on."""
        table = self.table
        for day, tally in changed.items():
            table = _with(table, day, tally)
        if len(table) and table[0, 0] < oldest:
            table = table[table[:, 0].searchsorted(oldest) :]
        if table is self.table:
            return self
        return _of(table)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Stand as a list of rows wherever a state is written."""
        return core_schema.no_info_plain_validator_function(
            lambda rows: _of(np.array(rows, dtype=np.int64).reshape(-1, _WIDTH)),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda tallies: tallies.table.tolist()
            ),
        )


def _of(table: Table) -> Tallies:
    made = Tallies.__new__(Tallies)
    table.flags.writeable = False
    made.table = table
    return made


def _with(table: Table, day: int, tally: Tally | None) -> Table:
    """Return the table in which ``tally`` stands for ``day``, or nothing."""
    place = int(table[:, 0].searchsorted(day))
    there = place < len(table) and table[place, 0] == day
    row = np.empty((0, _WIDTH), dtype=np.int64) if tally is None else np.array([tally.row])
    return np.concatenate((table[:place], row, table[place + there :]))
