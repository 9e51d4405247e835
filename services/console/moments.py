"""Moments as a form has them: written in UTC, read as the API reads them."""

from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.gateway.asking.parameters import When

_WHEN: TypeAdapter[datetime] = TypeAdapter(When)


def written(at: datetime) -> str:
    """Return a moment as it stands in a field: to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def read(text: Any) -> Any:
    """Return the moment that a field holds; UTC without an offset.

    What is none comes back as it is, for the contract to say what it expects.
    """
    try:
        return _WHEN.validate_python(text)
    except ValidationError:
        return text
