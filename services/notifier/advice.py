"""What is wrong with a field of the configuration: its path, its value, and what fits."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel


def nearest(given: str, known: Iterable[str]) -> str:
    """Return a hint at the name that was probably meant; nothing where none is near."""
    found = get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def unknown(path: str, given: str, what: str, known: Iterable[str]) -> str:
    """Return that a name is none of ``known``, which it lists, with the nearest of them."""
    names = sorted(known)
    there = ", ".join(names) or "none is configured"
    return f"{path}: found {given!r}; expected a {what}: {there}{nearest(given, names)}"


def told(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Return one of pydantic's faults in words; values of channels are not shown."""
    loc = fault["loc"]
    path = _path(loc)
    said = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if fault["type"] == "missing":
        return f"{path}: expected a value; there is none"
    if fault["type"] == "extra_forbidden":
        known = _fields(model, loc[:-1])
        names = ", ".join(known)
        return f"{path}: there is no such field; expected {names}{nearest(str(loc[-1]), known)}"
    # A channel may hold a password anywhere, under a misspelt name too.
    if "channels" in loc or isinstance(fault["input"], Mapping):
        return f"{path}: {said}; what was found is not shown here"
    return f"{path}: found {fault['input']!r}; {said}"


def _path(loc: Iterable[int | str]) -> str:
    """Return e.g. ``routes[2].group_by[0]``."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc).removeprefix(".")


def _fields(model: type[BaseModel], loc: Iterable[int | str]) -> list[str]:
    """Return the names of the fields of the section at ``loc``."""
    at: type[BaseModel] = model
    for part in loc:
        found = next((f for n, f in at.model_fields.items() if part in (n, f.alias)), None)
        if found is not None and (section := _section(found.annotation)) is not None:
            at = section
    return [field.alias or name for name, field in at.model_fields.items()]


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((s for a in get_args(annotation) if (s := _section(a)) is not None), None)
