"""Published schemas: copies of each contract as others have seen it, never changed again.

``published/<topic>.v<version>.<edition>.schema.json``: edition 0 is how a version is first
published, and each additive change of it is one edition more, so that what was added is frozen like
what it was added to. The current schema is held against every edition of its version; earlier
versions are reached by upcasts and stay for the examples. Words (titles, descriptions) demand
nothing, so that they make no edition.
"""

import json
import re
from collections import defaultdict
from pathlib import Path

from schemas.compatibility import refusals
from schemas.dialect import Schema, shape
from schemas.topics import Topic

PUBLISHED = Path(__file__).parent / "published"
_NAME = re.compile(r"(?P<topic>.+)\.v(?P<version>[1-9]\d*)\.(?P<edition>0|[1-9]\d*)\.schema\.json")

Editions = dict[tuple[str, int], list[Schema]]
"""The editions of each (topic name, version), the first one first."""


def file_name(topic: str, version: int, edition: int) -> str:
    """Return the name of a published file."""
    return f"{topic}.v{version}.{edition}.schema.json"


def published(folder: Path = PUBLISHED) -> Editions:
    """Return what is published.

    Raises
    ------
    ValueError
        A file has another name than a published schema has, or an edition is missing.
    """
    found: dict[tuple[str, int], dict[int, Schema]] = defaultdict(dict)
    for path in folder.iterdir() if folder.exists() else ():
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise ValueError(f"{path.name}: expected <topic>.v<version>.<edition>.schema.json")
        content = json.loads(path.read_text(encoding="utf-8"))
        found[name["topic"], int(name["version"])][int(name["edition"])] = content
    for (topic, version), editions in found.items():
        if sorted(editions) != list(range(len(editions))):
            raise ValueError(
                f"{topic} v{version}: found editions {sorted(editions)}; one is missing"
            )
    return {key: [editions[n] for n in sorted(editions)] for key, editions in found.items()}


def broken(topic: Topic, schema: Schema, editions: Editions) -> list[str]:
    """Return what ``schema`` breaks of any edition of its version, a sentence each."""
    earlier = editions.get((topic.name, topic.version), [])
    return list(dict.fromkeys(line for old in earlier for line in refusals(topic, old, schema)))


def unpublished(topic: Topic, schema: Schema, editions: Editions) -> str | None:
    """Return the name of the file to publish ``schema`` in; None when it is published."""
    earlier = editions.get((topic.name, topic.version), [])
    if earlier and shape(earlier[-1]) == shape(schema):
        return None
    return file_name(topic.name, topic.version, len(earlier))
