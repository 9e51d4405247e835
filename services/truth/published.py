"""What topics say, by what each record is about, held against what it should say."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

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


@dataclass(slots=True)
class _Said:
    digest: bytes
    at: RecordRef
    cause: RecordRef
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
        said = _Said(_digest(value), at, cause)
        earlier = self._said.setdefault(name, said)
        if earlier is said:
            return
        self.repeats += 1
        if earlier.digest != said.digest:
            words = (
                f"says another thing than its repeat at {earlier.at.partition}:{earlier.at.offset}"
            )
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
            return Difference(cause, str(name), Kind.MISSING, words)
        said.met = True
        if said.digest != _digest(value):
            at = f"{said.at.partition}:{said.at.offset}"
            words = f"another record follows from it than stands in '{topic}' at {at}"
            return Difference(cause, str(name), Kind.CHANGED, words)
        return None

    def unmet(self) -> Iterator[Difference]:
        """Yield what stands in the topic and follows from nothing."""
        for name, said in self._said.items():
            if not said.met:
                words = f"'{said.at.topic}' at {said.at.partition}:{said.at.offset} does not follow"
                yield Difference(said.cause, str(name), Kind.UNCALLED_FOR, words)


def identity(topic: str, value: bytes) -> tuple[str, RecordRef] | None:
    """Return what names a record for all its repeats, and its cause; None where it has no cause."""
    if topic == OBSERVATIONS.name:
        observed = decode(OBSERVATIONS, value)
        if isinstance(observed, Tick):
            return None
        cause = observed.cause
        where = f"{observed.kind} on {observed.segment_id}, {observed.traffic}"
        return f"{where} by {cause.topic} {cause.partition}:{cause.offset}", cause
    content = orjson.loads(value)
    if topic == ALERTS.name:
        return f"alert {content['id']}", RecordRef.model_validate(content["data"]["cause"])
    field = {ASSESSMENTS.name: "observation", REJECTED.name: "record"}[topic]
    cause = RecordRef.model_validate(content[field])
    return f"{topic} of {cause.topic} {cause.partition}:{cause.offset}", cause


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
