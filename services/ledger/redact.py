"""Leaves the classified fields out of what is read: who reported, and who commanded."""

from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

T = TypeVar("T")

WITHHELD = "withheld"


def redact(value: T) -> T:
    """Return ``value`` without its classified fields.

    An optional one becomes its default, a required text becomes ``WITHHELD``; the result is still
    a valid contract.
    """
    return _redacted(value)  # type: ignore[no-any-return]


def _redacted(value: Any) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        changes = {
            name: _withheld(field) if _classified(field) else _redacted(getattr(value, name))
            for name, field in fields.items()
        }
        return value.model_copy(update=changes)
    if isinstance(value, tuple):
        return tuple(_redacted(item) for item in value)
    return value


def _classified(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("classified") is True


def _withheld(field: FieldInfo) -> Any:
    return WITHHELD if field.is_required() else field.get_default(call_default_factory=True)
