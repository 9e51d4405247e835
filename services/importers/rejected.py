"""A row of somebody's file that could not become an incident, with every reason, whole."""

from collections.abc import Mapping
from typing import Self, TypeAlias

from pydantic import Field, ValidationError

from schemas.base import Contract
from schemas.event import IncidentEvent
from schemas.rejection import FieldError

_SHOWN = 200


class RejectedRow(Contract):
    """A row that is not imported; ``row`` counts the rows of data in the file from 1."""

    row: int = Field(ge=1)
    id: str | None = Field(description="The source's own id; null when the row gives none.")
    reason: str = Field(description="What to count by: the first field at fault and its fault.")
    errors: tuple[FieldError, ...] = Field(min_length=1)
    original: dict[str, str] = Field(description="Every column of the row; '' for an empty cell.")

    @classmethod
    def of(
        cls,
        row: int,
        cells: Mapping[str, object],
        fault: str,
        errors: tuple[FieldError, ...],
    ) -> Self:
        """Return the rejected row ``cells``, which ``fault`` sums up."""
        original = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
        return cls(
            row=row, id=original.get("id") or None, reason=fault, errors=errors, original=original
        )

    @classmethod
    def of_invalid(cls, row: int, cells: Mapping[str, object], error: ValidationError) -> Self:
        """Return the rejected row ``cells``, which a contract refused with ``error``."""
        found = error.errors(include_url=False)
        first = found[0]
        fault = f"{_path(first['loc'])}: {first['type'].replace('_', ' ')}"
        return cls.of(row, cells, fault, tuple(_field_error(dict(e)) for e in found))


Imported: TypeAlias = IncidentEvent | RejectedRow


def shown(value: object) -> str:
    """Return ``value`` as an error shows it."""
    return str(value)[:_SHOWN]


def _field_error(error: dict[str, object]) -> FieldError:
    missing = error["type"] == "missing"
    return FieldError(
        field=_path(error["loc"]),
        value="" if missing else shown(error["input"]),
        expected="a value; the cell is empty" if missing else str(error["msg"]),
    )


def _path(location: object) -> str:
    return ".".join(str(part) for part in location) if isinstance(location, tuple) else ""
