"""Leaves the classified fields out of what is read: who reported, and who commanded."""

from functools import cache
from typing import Any, TypeVar, get_args

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
        withheld, holding = _plan(type(value))
        if not withheld and not holding:
            return value
        inner = {name: _redacted(getattr(value, name)) for name in holding}
        return value.model_copy(update=withheld | inner)
    if isinstance(value, tuple):
        return tuple(_redacted(item) for item in value)
    return value


@cache
def _plan(kind: type[BaseModel]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what stands in place of a model's classified fields, and which others may hold some.

    It follows from the types alone, so that it is worked out once: the ledger gives out thousands
    of records at a time, most of which hold nothing classified.
    """
    fields = kind.model_fields
    withheld = {name: _withheld(field) for name, field in fields.items() if _classified(field)}
    holding = (n for n, field in fields.items() if n not in withheld and _holds(field.annotation))
    return withheld, tuple(holding)


def _holds(kind: Any) -> bool:
    """Tell whether a value of a type may hold a classified field."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return any(_plan(kind))
    return any(map(_holds, get_args(kind)))


def _classified(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("classified") is True


def _withheld(field: FieldInfo) -> Any:
    return WITHHELD if field.is_required() else field.get_default(call_default_factory=True)
