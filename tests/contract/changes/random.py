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


def without_ends(schema: Any) -> Any:
    """Return a schema that lets unknown fields through, as readers of what we write do."""
    if isinstance(schema, dict):
        return {
            key: without_ends(value)
            for key, value in schema.items()
            if not (key == "additionalProperties" and value is False)
        }
    return [without_ends(value) for value in schema] if isinstance(schema, list) else schema


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
