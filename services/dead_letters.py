"""Writes a refused record as a rejection: whole where it fits, else the beginning of each part."""

from dataclasses import replace
from hashlib import sha256

from models.domain.intake import MAX_BYTES, Refusal
from schemas.rejection import Cut, FieldError, Rejection
from schemas.topics import REJECTED
from services.records import Delivery, Outgoing

SMALL = 524_288
"""A rejection of this size [bytes] fits a topic that has no more than Kafka's default limit."""

_PAIR = 32
"""What a header takes [bytes] beside its name and value."""

_SHOWN = 500
"""How much [characters] is kept of what was expected of a field: it may quote the report."""


def rejection(
    delivery: Delivery, refusal: Refusal, limit: int = REJECTED.max_message_bytes
) -> Outgoing:
    """Return the record that keeps a refused one: bytes and all, where that fits ``limit`` [bytes].

    What does not fit is cut, and the rejection says how large it was: the whole stands in the
    source topic, at the place that the rejection names, and nowhere else.
    """
    whole = _written(delivery, refusal, None)
    if whole.size <= limit:
        return whole
    # JSON and base64 let it grow again, to less than twice; a third of SMALL is enough for words.
    return _written(_beginning(delivery, limit // 2), refusal, _cut(delivery))


def _written(delivery: Delivery, refusal: Refusal, cut: Cut | None) -> Outgoing:
    rejected = Rejection(
        record=delivery.ref,
        recorded_at=delivery.at,
        reason=refusal.reason,
        detail=_text(refusal.detail)[:4000],
        errors=tuple(_shortened(error) for error in refusal.errors),
        headers=delivery.headers,
        value=delivery.value or b"",
        cut=cut,
    )
    value = rejected.model_dump_json().encode()
    return Outgoing(REJECTED, delivery.key, value, (), delivery.at)


def _beginning(delivery: Delivery, room: int) -> Delivery:
    """Return the beginning of each part of a record, together at most about ``room`` [bytes]."""
    each = room // 4
    key = None if delivery.key is None else delivery.key[:each]
    headers: list[tuple[str, bytes]] = []
    left = each
    for name, value in delivery.headers:
        left -= _PAIR
        if left < 0:
            break
        # A name is text: cut at a character, which has at most four bytes.
        known = name[: left // 4]
        left -= 4 * len(known)
        headers.append((known, value[:left]))
        left -= len(headers[-1][1])
    kept = (delivery.value or b"")[: min(MAX_BYTES, each)]
    return replace(delivery, key=key, headers=tuple(headers), value=kept)


def _cut(delivery: Delivery) -> Cut:
    value = delivery.value or b""
    return Cut(
        key_bytes=len(delivery.key or b""),
        headers_count=len(delivery.headers),
        headers_bytes=sum(len(n.encode()) + len(v) for n, v in delivery.headers),
        value_bytes=len(value),
        value_sha256=sha256(value).hexdigest(),
    )


def _shortened(error: FieldError) -> FieldError:
    return error.model_copy(
        update={
            "field": error.field[:_SHOWN],
            "value": error.value[:200],
            "expected": error.expected[:_SHOWN],
        }
    )


def _text(said: str) -> str:
    """Return what can be written in UTF-8; words about garbage may quote it."""
    return said.encode("utf-8", "backslashreplace").decode()
