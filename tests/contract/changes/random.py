"""Random changes of a schema, for a check of the compatibility check by a real validator."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from schemas.dialect import Schema

_WORDS = {"title", "description", "$schema", "discriminator"}


def mutated(schema: Schema, data: st.DataObject) -> Schema:
    """Return a copy in which one thing is removed, moved by one, or taken from elsewhere."""
    new = copy.deepcopy(schema)
    places = list(_places(new, ""))
    node, key, role = data.draw(st.sampled_from(places))
    value = node[key]
    kind = data.draw(st.sampled_from(["remove", "move", "swap"]))
    if kind == "move" and isinstance(value, int) and not isinstance(value, bool):
        node[key] = value + data.draw(st.sampled_from([-1, 1]))
    elif kind == "swap":
        alike = [n[k] for n, k, r in places if r == role]
        node[key] = copy.deepcopy(data.draw(st.sampled_from(alike)))
    else:
        del node[key]
    return new


def as_read(schema: Any, *, tolerant: bool) -> Any:
    """Return a schema as a program reads it: a union's member is found by its discriminator.

    A tolerant reader lets unknown fields through.
    """
    if isinstance(schema, list):
        return [as_read(value, tolerant=tolerant) for value in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        "anyOf" if key == "oneOf" else key: as_read(value, tolerant=tolerant)
        for key, value in schema.items()
        if not (tolerant and key == "additionalProperties" and value is False)
    }


def _places(node: Any, inside: str) -> Iterator[tuple[Any, Any, str]]:
    """Yield (container, key, role) of each place; what has one role can stand for each other."""
    if isinstance(node, dict):
        named = inside in ("properties", "$defs")
        keys: list[Any] = [key for key in node if named or key not in _WORDS]
    else:
        named, keys = False, list(range(len(node))) if isinstance(node, list) else []
    for key in keys:
        role = "schema" if named else f"{inside}[]" if isinstance(key, int) else str(key)
        yield node, key, role
        yield from _places(node[key], role)
