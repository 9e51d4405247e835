"""The W3C trace context of a request or a record: read with care, and carried on unchanged.

What follows from a record has the context of that record, byte for byte, and nothing is made up:
a record that is handled again, after a crash or in a replay, is followed by the same records. It
stands in a header alone, so that no state, assessment or alert knows of it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from services.records import Delivery, Outgoing

TRACEPARENT = "traceparent"
"""The header, of HTTP as of Kafka (W3C Trace Context, 3.2)."""

LENGTH = 55
"""How long one of version 00 is [bytes]; those of later versions begin like it."""

_FORM = re.compile(rb"(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_SAMPLED = 0x01


def read(value: bytes) -> str | None:
    """Return a trace context as it is carried on; None where it is none, whatever it is instead.

    Of a later version than 00 only what that one has is carried on (W3C Trace Context, 4.3).
    """
    head, rest = value[:LENGTH], value[LENGTH : LENGTH + 1]
    found = _FORM.fullmatch(head)
    if found is None:
        return None
    if found[1] == b"00":
        return None if rest else head.decode()
    if rest not in (b"", b"-"):
        return None
    text = head.decode()
    return f"00{text[2:-2]}{_flags(text) & _SAMPLED:02x}"


def of(headers: Iterable[tuple[str, bytes]]) -> str | None:
    """Return the trace context among headers; of several none is believed."""
    found = [value for name, value in headers if name == TRACEPARENT]
    return read(found[0]) if len(found) == 1 else None


def is_sampled(trace: str) -> bool:
    """Tell whether whoever began the trace wants to see it."""
    return bool(_flags(trace) & _SAMPLED)


def carried(outgoing: Sequence[Outgoing], trace: str | None) -> Sequence[Outgoing]:
    """Return records that go on with ``trace``; one that has no room for it goes without."""
    if trace is None:
        return outgoing
    header = (TRACEPARENT, trace.encode())
    return [_with(header, out) for out in outgoing]


def following(
    caused: Iterable[tuple[Delivery, Sequence[Outgoing]]],
) -> Iterator[Outgoing]:
    """Yield what follows from records, each with the trace context of its cause."""
    for record, outgoing in caused:
        yield from carried(outgoing, of(record.headers)) if record.headers else outgoing


def _with(header: tuple[str, bytes], out: Outgoing) -> Outgoing:
    # As ``dataclasses.replace`` does, which takes five times as long.
    longer = Outgoing(out.topic, out.key, out.value, (*out.headers, header), out.at)
    return longer if longer.size <= out.topic.max_message_bytes else out


def _flags(trace: str) -> int:
    return int(trace[-2:], 16)
