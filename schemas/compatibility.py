"""Says what a changed JSON Schema breaks, for those who wrote payloads and those who read them.

Both questions are one: does every value that fits one schema fit the other? For a topic that we
read, what was valid must stay valid: old into new. For a topic that we write, what may be written
now must be what its readers know: new into old, save that readers ignore fields they do not know.
Where the answer would need arithmetic (``minimum`` against ``exclusiveMinimum``, ``enum`` against
``pattern``) a change is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from schemas.dialect import (
    EQUAL,
    HIGH,
    LOW,
    Schema,
    branches,
    enumerated,
    members,
    refuse_unknown,
    resolved,
)
from schemas.topics import OUTSIDERS, Topic


def refusals(topic: Topic, old: Schema, new: Schema) -> list[str]:
    """Return a sentence for each thing that publishing ``new`` as ``topic.version`` breaks."""
    found = [line for reading in roles(topic) for line in breaks(old, new, reading=reading)]
    return [
        f"{topic.name} v{topic.version}: {line}; publish it as version {topic.version + 1}"
        for line in dict.fromkeys(found)
    ]


def roles(topic: Topic) -> tuple[bool, ...]:
    """Return for which values of ``reading`` a topic is checked.

    True when a program of ours reads it: the log keeps what was valid once, whoever wrote it.
    False when programs of ours alone write it: its readers count on what we promise. A party that
    is no known outsider is ours, so that a name not known here is checked more, not less.
    """
    read_by_us = any(party not in OUTSIDERS for party in topic.read_by)
    written_by_us = all(party not in OUTSIDERS for party in topic.written_by)
    return (*([True] if read_by_us else []), *([False] if written_by_us else []))


def breaks(old: Schema, new: Schema, *, reading: bool) -> list[str]:
    """Return what ``new`` breaks of ``old``, each with its path; empty when nothing.

    Parameters
    ----------
    reading
        True: whatever fits ``old`` must fit ``new``. False: whatever fits ``new`` must fit
        ``old``, beside fields that ``old`` does not know.

    Raises
    ------
    UnknownKeyword
        One of the schemas uses a keyword that this check does not know, or contains itself.
    """
    for schema in (old, new):
        refuse_unknown(schema)
    ours, theirs = (old, new) if reading else (new, old)
    found = _Check(ours, theirs, reading).fits(ours, theirs, "")
    return list(dict.fromkeys(f"{path or 'the whole'}: {what}" for path, what in found))


Finding = tuple[str, str]


@dataclass(frozen=True)
class _Check:
    """Whether what fits a part of ``narrow`` fits the same part of ``wide``, and if not, why."""

    narrow: Schema
    wide: Schema
    reading: bool

    def fits(self, narrow: Schema, wide: Schema, path: str) -> list[Finding]:
        narrow, wide = resolved(narrow, self.narrow), resolved(wide, self.wide)
        found = list(self._default(narrow, wide, path))
        mine, theirs = members(narrow), members(wide)
        if mine is not None and theirs is not None and mine[0] == theirs[0]:
            return found + self._tagged(*mine, theirs[1], path)
        for branch in branches(narrow, self.narrow):
            found += self._branch(branch, branches(wide, self.wide), path)
        return found

    def _tagged(
        self, key: str, mine: dict[str, Schema], theirs: dict[str, Schema], path: str
    ) -> list[Finding]:
        """Compare the members of two unions that one field tells apart."""
        found: list[Finding] = []
        for tag, member in mine.items():
            if tag in theirs:
                found += self.fits(member, theirs[tag], f"{path}[{key}={tag}]")
            else:
                found.append(self._extra(path, f"the member {key}={tag}"))
        return found

    def _branch(self, branch: Schema, wide: list[Schema], path: str) -> list[Finding]:
        """Compare one alternative with those that it may fit: with the one it fits best."""
        kind = branch.get("type")
        near = [
            w
            for w in wide
            if w.get("type") in (None, kind) or (kind, w["type"]) == ("integer", "number")
        ]
        if not near:
            return [self._extra(path, f"the type {kind or 'anything'}")]
        return min((list(self._plain(branch, w, path)) for w in near), key=len)

    def _plain(self, narrow: Schema, wide: Schema, path: str) -> Iterator[Finding]:
        yield from self._values(narrow, wide, path)
        yield from self._bounds(narrow, wide, path)
        yield from self._fields(narrow, wide, path)
        yield from self._items(narrow, wide, path)

    def _values(self, narrow: Schema, wide: Schema, path: str) -> Iterator[Finding]:
        mine, theirs = enumerated(narrow), enumerated(wide)
        if theirs is not None and mine is None:
            yield self._extra(path, f"values beside {', '.join(sorted(theirs))}")
        elif theirs is not None and mine is not None:
            for value in sorted(mine - theirs):
                yield self._extra(path, f"the value {value}")

    def _bounds(self, narrow: Schema, wide: Schema, path: str) -> Iterator[Finding]:
        for name in (*EQUAL, *LOW, *HIGH):
            mine, theirs = narrow.get(name, LOW.get(name)), wide.get(name, LOW.get(name))
            held = theirs is None or mine == theirs
            if mine is not None and theirs is not None and name not in EQUAL:
                held = mine >= theirs if name in LOW else mine <= theirs
            if not held:
                yield self._change(path, f"its {name}", mine, theirs)

    def _fields(self, narrow: Schema, wide: Schema, path: str) -> Iterator[Finding]:
        mine, theirs = narrow.get("properties", {}), wide.get("properties", {})
        rest, other = (s.get("additionalProperties", True) for s in (narrow, wide))
        for name in sorted({*wide.get("required", ())} - {*narrow.get("required", ())}):
            yield _at(path, name), self._missing(name in mine)
        for name, schema in mine.items():
            if name in theirs:
                yield from self.fits(schema, theirs[name], _at(path, name))
            elif isinstance(other, dict):
                yield from self.fits(schema, other, _at(path, name))
            elif other is False and self.reading:
                yield _at(path, name), "is removed, and refused where it is still sent"
        for name in sorted(theirs.keys() - mine.keys()) if isinstance(rest, dict) else ():
            yield from self.fits(rest, theirs[name], _at(path, name))
        if isinstance(other, dict) and rest is not False:
            yield from self.fits(rest if isinstance(rest, dict) else {}, other, _at(path, "*"))
        elif other is False and rest is not False and self.reading:
            yield path, "refuses unknown fields, which were let through"

    def _items(self, narrow: Schema, wide: Schema, path: str) -> Iterator[Finding]:
        mine, theirs = narrow.get("prefixItems", []), wide.get("prefixItems", [])
        rest, other = narrow.get("items", {}), wide.get("items", {})
        for n, (a, b) in enumerate(zip_longest(mine, theirs)):
            yield from self.fits(
                rest if a is None else a, other if b is None else b, f"{path}[{n}]"
            )
        if "items" in wide:
            yield from self.fits(rest, other, f"{path}[]")

    def _default(self, narrow: Schema, wide: Schema, path: str) -> Iterator[Finding]:
        if "default" in narrow and "default" in wide and narrow["default"] != wide["default"]:
            yield path, "changes its default, so that what is absent means something else"

    def _extra(self, path: str, what: str) -> Finding:
        if self.reading:
            return path, f"loses {what}, valid until now"
        return path, f"gains {what}, which its readers do not know"

    def _change(self, path: str, what: str, mine: Any, theirs: Any) -> Finding:
        old, new = (mine, theirs) if self.reading else (theirs, mine)
        end = "refuses what was valid" if self.reading else "is not what its readers know"
        return path, f"{what} changes from {old!r} to {new!r}, which {end}"

    def _missing(self, known: bool) -> str:
        if self.reading:
            return "becomes required, and what lacks it is refused"
        return f"is {'no longer required' if known else 'removed'}, but its readers rely on it"


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
