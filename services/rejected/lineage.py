"""The header by which a replayed record names the records it was replayed from."""

from collections.abc import Iterable, Sequence

from services import records

Source = tuple[str, int, int]
"""Topic (without the deployment's prefix), partition and offset of a record."""

Headers = Iterable[tuple[str, bytes]]

HEADER = "forewarn-replay-of"
"""Names the source records, first to last and comma-separated: ``incidents:0:5,incidents:0:9``.

Kafka lets a header occur twice; one header with a list survives readers that keep a mapping.
"""


def shown(source: Source) -> str:
    """Return ``topic:partition:offset``."""
    return ":".join(str(part) for part in source)


def sources(headers: Headers) -> tuple[Source, ...]:
    """Return the chain in a record's headers, first source first; empty when it is no replay."""
    # Anyone may write to `incidents`: what is not of our making is no chain.
    raw = dict(headers).get(HEADER, b"").decode("ascii", "replace")
    found = [_parsed(part) for part in raw.split(",")] if raw else []
    return tuple(s for s in found if s is not None)


def last_source(headers: Headers) -> Source | None:
    """Return which record this one is the replay of."""
    return next(reversed(sources(headers)), None)


def extended(headers: Headers, source: Source) -> tuple[tuple[str, bytes], ...]:
    """Return ``headers`` with ``source`` at the end of the chain."""
    kept = tuple(headers)
    chain = ",".join(shown(s) for s in (*sources(kept), source))
    return (*((n, v) for n, v in kept if n != HEADER), (HEADER, chain.encode()))


def partition_of(key: bytes | None, source: Source, partitions: int) -> int:
    """Return where a replay goes: where every producer puts the key, else where it came from."""
    return source[1] if key is None else records.partition_of(key, partitions)


def scan_from(rejected: Sequence[tuple[bytes | None, Source]], partitions: int) -> dict[int, int]:
    """Return from which offsets of ``incidents`` every replay of ``rejected`` is to be found.

    A replay goes to one known partition, and is written after its source. On the source's own
    partition it thus has a higher offset; on another one it may be anywhere. No clock is trusted.
    """
    starts: dict[int, int] = {}
    for key, source in rejected:
        _, home, offset = source
        target = partition_of(key, source, partitions)
        start = offset + 1 if target == home else 0
        starts[target] = min(start, starts.get(target, start))
    return starts


def _parsed(text: str) -> Source | None:
    topic, _, place = text.partition(":")
    partition, _, offset = place.partition(":")
    if not (topic and _number(partition) and _number(offset)):
        return None
    return topic, int(partition), int(offset)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
