"""What topics say, by what each record is about, held against what it should say."""

import sys
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import orjson

from schemas.base import RecordRef
from schemas.observation import Tick
from schemas.topics import ALERTS, ASSESSMENTS, OBSERVATIONS, REJECTED
from schemas.versions import decode


class Kind(StrEnum):
    """How what is kept can part from the log."""

    CONTRADICTED = "published twice with different content"
    MISSING = "not published"
    CHANGED = "published with other content"
    UNCALLED_FOR = "published without a cause"
    STATE = "kept with other content"
    ORPHAN = "kept without a record"
    LOST = "not kept"


@dataclass(frozen=True, slots=True)
class Difference:
    """One record of the log, and how what is kept parts from what follows from it."""

    record: RecordRef
    subject: str
    kind: Kind
    what: str

    def __str__(self) -> str:
        at = f"{self.record.topic} partition {self.record.partition} offset {self.record.offset}"
        return f"{at} ({self.subject}): {self.what}"


Place = tuple[str, int, int]
"""Topic, partition and offset: there are millions of them, and a model takes five times as much."""


@dataclass(slots=True)
class _Said:
    digest: bytes
    at: Place
    cause: Place
    met: bool = False


class Published:
    """The records of one topic by identity; repeats of one record are one.

    Only digests are held, so that the log of a world fits in memory.
    """

    def __init__(self) -> None:
        self._said: dict[Hashable, _Said] = {}
        self.contradictions: list[Difference] = []
        self.repeats = 0

    def add(self, at: RecordRef, value: bytes) -> None:
        """Take in a record as it stands in the topic."""
        found = identity(at.topic, value)
        if found is None:
            return
        name, cause = found
        said = _Said(_digest(value), (at.topic, at.partition, at.offset), cause)
        earlier = self._said.setdefault(name, said)
        if earlier is said:
            return
        self.repeats += 1
        if earlier.digest != said.digest:
            words = f"says another thing than its repeat at {_shown(earlier.at)}"
            self.contradictions.append(Difference(at, str(name), Kind.CONTRADICTED, words))

    def meet(self, topic: str, value: bytes) -> Difference | None:
        """Hold an expected record against the topic; return how it parts, if it does."""
        found = identity(topic, value)
        if found is None:
            return None
        name, cause = found
        said = self._said.get(name)
        if said is None:
            words = f"nothing in '{topic}' follows from it"
            return Difference(_ref(cause), str(name), Kind.MISSING, words)
        said.met = True
        if said.digest != _digest(value):
            words = f"another record follows from it than stands in '{topic}' at {_shown(said.at)}"
            return Difference(_ref(cause), str(name), Kind.CHANGED, words)
        return None

    def unmet(self) -> Iterator[Difference]:
        """Yield what stands in the topic and follows from nothing."""
        for name, said in self._said.items():
            if not said.met:
                words = f"'{said.at[0]}' at {_shown(said.at)} does not follow"
                yield Difference(_ref(said.cause), str(name), Kind.UNCALLED_FOR, words)


def identity(topic: str, value: bytes) -> tuple[str, Place] | None:
    """Return what names a record for all its repeats, and its cause; None where it has no cause."""
    if topic == OBSERVATIONS.name:
        observed = decode(OBSERVATIONS, value)
        if isinstance(observed, Tick):
            return None
        cause = _place(dict(observed.cause))
        where = f"{observed.kind} on {observed.segment_id}, {observed.traffic}"
        return f"{where} by {cause[0]} {_shown(cause)}", cause
    content = orjson.loads(value)
    if topic == ALERTS.name:
        return f"alert {content['id']}", _place(content["data"]["cause"])
    cause = _place(content[{ASSESSMENTS.name: "observation", REJECTED.name: "record"}[topic]])
    return f"{topic} of {cause[0]} {_shown(cause)}", cause


def _place(ref: Mapping[str, Any]) -> Place:
    return sys.intern(ref["topic"]), ref["partition"], ref["offset"]


def _ref(place: Place) -> RecordRef:
    topic, partition, offset = place
    return RecordRef(topic=topic, partition=partition, offset=offset)


def _shown(place: Place) -> str:
    return f"{place[1]}:{place[2]}"


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
