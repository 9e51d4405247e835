"""Reads every version of a payload ever published, as the current contract of its topic."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from schemas.topics import Topic

Payload = dict[str, Any]


class UnreadableVersion(ValueError):
    """A payload that does not say which version it is, or says what no version can be."""


class NewerVersion(ValueError):
    """A payload of a version that only a later build reads."""

    def __init__(self, topic: str, found: int, known: int) -> None:
        super().__init__(
            f"{topic}: found version {found}; this build reads up to {known}; upgrade it"
        )
        self.topic, self.found, self.known = topic, found, known


def decode(topic: Topic, raw: bytes) -> Any:
    """Return the payload ``raw`` of ``topic`` as its current contract.

    A payload of the current version is parsed once. One of an earlier version is brought up one
    version at a time; both are validated strictly.

    Raises
    ------
    NewerVersion
        The payload is of a version after ``topic.version``.
    UnreadableVersion
        It names no version that there can be.
    pydantic.ValidationError
        It is no JSON, or breaks the contract. All three are ValueErrors.
    """
    try:
        value = topic.value.validate_json(raw, strict=True)
    except ValidationError:
        payload = _object(raw)
        if payload is None or version_of(topic, payload) == topic.version:
            raise
    else:
        if _says_its_version(topic, value):
            return value
        payload = from_json(raw)
    return topic.value.validate_json(to_json(upcast(topic, payload)), strict=True)


def version_of(topic: Topic, payload: Payload) -> int:
    """Return the version that a payload says it has: in its CloudEvents type, or by number.

    Raises
    ------
    UnreadableVersion
        What it says is no whole number from 1, or its type is not the topic's.
    """
    if topic.event_type is None:
        said = payload.get("schema_version", 1)
        if type(said) is int and said >= 1:
            return said
        raise UnreadableVersion(
            f"{topic.name}: schema_version: found {said!r:.80}; expected a whole number from 1, or "
            "no such field, which means 1"
        )
    said = payload.get("type")
    found = re.fullmatch(rf"{re.escape(topic.event_type)}\.v([1-9][0-9]{{0,8}})", str(said))
    if found:
        return int(found[1])
    raise UnreadableVersion(
        f"{topic.name}: type: found {said!r:.80}; expected "
        f"'{topic.event_type}.v' and a whole number from 1, e.g. '{topic.event_type}.v1'"
    )


def upcast(topic: Topic, payload: Payload) -> Payload:
    """Return ``payload`` in the shape of ``topic.version``; the values are not validated.

    Raises
    ------
    NewerVersion, UnreadableVersion
        As ``decode`` does.
    ValueError
        The payload has what its version does not.
    """
    version = version_of(topic, payload)
    if version > topic.version:
        raise NewerVersion(topic.name, version, topic.version)
    for earlier in range(version, topic.version):
        payload = UPCASTS[topic.name, earlier](payload)
    return payload


def _object(raw: bytes) -> Payload | None:
    """Return a JSON object, or None for anything else: what that is, the contract says best."""
    try:
        content = from_json(raw, allow_inf_nan=False)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _says_its_version(topic: Topic, value: Any) -> bool:
    """Tell whether a payload that fits the current contract is of its version.

    An earlier payload without ``schema_version`` may fit by chance, and still need its upcast.
    """
    return (
        topic.version == 1
        or topic.event_type is not None
        or "schema_version" in value.model_fields_set
    )


UNKNOWN_PUBLISHER: Final = sha256(b"").hexdigest()[:16]
"""The fingerprint of an empty name, which no publisher has."""

_EFFECT_2: Final[Payload] = {
    "when": "year",
    "latitude": None,
    "longitude": None,
    "where": "country",
    "publisher": UNKNOWN_PUBLISHER,
    "sources": [],
    "corroborates": None,
}


def _observation_from_1(payload: Payload) -> Payload:
    """Add what version 2 knows of a report: how well time and place are known, and who says so.

    Version 1 recorded none of it. Unknown are: the coordinates (null), the publisher (the
    fingerprint of an empty name), the sources (none) and the incident it corroborates (null).
    The two precisions have no word for unknown and take the one that claims least on land: a time
    known to the ``year``, a place known to the ``country``. Each of precision, coordinates and
    sources is enough that nothing is linked to such a report automatically.
    """
    if payload.get("kind") not in ("assert", "retract", "tick"):
        raise ValueError(
            f"observations: kind: found {payload.get('kind')!r:.80} in version 1; expected "
            "'assert', 'retract' or 'tick', or schema_version 2"
        )
    effects = {
        name: _effect_from_1(payload[name])
        for name in ("effect", "replaces")
        if isinstance(payload.get(name), dict)
    }
    return {**payload, **effects, "schema_version": 2}


def _effect_from_1(effect: Payload) -> Payload:
    """Add the unknown fields; an effect that has one already is not of version 1."""
    if strangers := sorted(effect.keys() & _EFFECT_2.keys()):
        raise ValueError(
            f"observations: effect: found {', '.join(strangers)} in version 1, which has no such "
            "field; expected schema_version 2"
        )
    return {**effect, **_EFFECT_2}


UPCASTS: Final[dict[tuple[str, int], Callable[[Payload], Payload]]] = {
    ("observations", 1): _observation_from_1,
}
"""What brings a payload of (topic name, version) to the next version."""
