"""A row of a table, and a row that became no incident, with what is wrong with it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A row of data, counted from 1; an empty cell is None.

    ``line`` is the line of the file on which it begins, from 1; None where there are no lines.
    """

    number: int
    values: dict[str, Any]
    line: int | None = None

    @property
    def place(self) -> str:
        """Where it stands, as messages say it."""
        return f"row {self.number}" if self.line is None else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became no incident; each fault is a field, its value and what was expected."""

    row: Row
    faults: tuple[tuple[str, str, str], ...]

    @property
    def reason(self) -> str:
        """Return the faults as one line."""
        return "; ".join(f"{field}: found {value}, expected {e}" for field, value, e in self.faults)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is well formed and no incident by choice: ``why`` is what it is counted under."""

    why: str


def filled(cell: object) -> object:
    """Return None for blank text and for NaN, which alone differs from itself."""
    blank = (isinstance(cell, str) and not cell.strip()) or cell != cell
    return None if blank else cell
