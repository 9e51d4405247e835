"""A mutated copy of a real schema: how the cases of the compatibility check are made."""

import copy
from collections.abc import Callable
from typing import Any

from schemas.dialect import Schema
from schemas.export import schema_of
from schemas.topics import Topic

Change = Callable[[Schema], Any]
Refused = tuple[str, Topic, Change, str]
"""What is done, to which topic, how, and the sentence that refuses it."""
Accepted = tuple[str, Topic, Change]
"""What is done, to which topic, and how."""


def changed(topic: Topic, change: Change) -> tuple[Schema, Schema]:
    """Return the schema of a topic, and a copy with one change."""
    old = schema_of(topic)
    new = copy.deepcopy(old)
    change(new)
    assert new != old
    return old, new


def at(schema: Schema, model: str, name: str) -> Schema:
    """Return the schema of one field of a model in ``$defs``, or of the whole when it is ''."""
    owner = schema["$defs"][model] if model else schema
    found: Schema = owner["properties"][name]
    return found
