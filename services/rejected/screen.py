"""How rejections look: a table, one in full, one JSON object a line."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from services.rejected.advice import ADVICE
from services.rejected.lineage import Source, shown, sources
from services.rejected.log import Entry

LIMIT = 4096
"""How many of the original bytes are shown before the rest is left out."""


def printable(text: str, keep: str = "") -> str:
    """Return ``text`` with what would steer a terminal written out as an escape.

    The bytes of a rejected record are anyone's: an escape sequence in them must not reach the
    terminal of the operator who looks at them.
    """
    return "".join(c if c.isprintable() or c in keep else _escaped(c) for c in text)


def text_of(raw: bytes | None) -> str:
    """Return a key or a header's value in one line; '-' when there is none."""
    return "-" if raw is None else printable(raw.decode("utf-8", "backslashreplace"))


def when(at: datetime) -> str:
    """Return a time to the second, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def table(entries: Iterable[Entry], done: Mapping[Source, Source]) -> Table:
    """Return a table with one rejection a row."""
    found = Table("rejected", "when", "reason", "key", "source", "replayed as", "detail")
    for entry in entries:
        copy = done.get(entry.source)
        cells = (
            f"{entry.partition}:{entry.offset}",
            when(entry.at),
            entry.rejection.reason.value,
            text_of(entry.key),
            shown(entry.source),
            shown(copy) if copy else "",
            printable(entry.rejection.detail),
        )
        # As text, since what is rejected may look like markup.
        found.add_row(*(Text(cell) for cell in cells))
    return found


def counts(entries: Iterable[Entry]) -> str:
    """Return how many there are, in all and by reason."""
    by_reason = Counter(e.rejection.reason.value for e in entries)
    reasons = ", ".join(f"{n} {reason}" for reason, n in by_reason.most_common())
    return f"{by_reason.total()} rejected{f': {reasons}' if reasons else ''}"


def as_json(entry: Entry, done: Mapping[Source, Source]) -> dict[str, Any]:
    """Return what the table shows, and the field errors, as one JSON object."""
    copy = done.get(entry.source)
    return {
        "rejected": f"{entry.partition}:{entry.offset}",
        "recorded_at": entry.at,
        "reason": entry.rejection.reason.value,
        "key": None if entry.key is None else text_of(entry.key),
        "source": shown(entry.source),
        "replayed_as": shown(copy) if copy else None,
        "replay_of": [shown(s) for s in sources(entry.rejection.headers)],
        "detail": entry.rejection.detail,
        "errors": [e.model_dump() for e in entry.rejection.errors],
    }


def full(entry: Entry, done: Mapping[Source, Source]) -> Iterator[str]:
    """Yield the lines that say everything about one rejection."""
    rejection, copy = entry.rejection, done.get(entry.source)
    chain = " then ".join(shown(s) for s in sources(rejection.headers))
    yield f"rejected     {entry.partition}:{entry.offset} of incidents.rejected"
    yield f"reason       {rejection.reason.value}"
    yield f"detail       {printable(rejection.detail)}"
    yield f"source       {shown(entry.source)}, recorded at {when(entry.at)}"
    yield f"replay of    {chain}" if chain else "replay of    nothing: it came from its producer"
    yield f"replayed as  {shown(copy) if copy else 'nothing yet'}"
    yield f"key          {text_of(entry.key)}"
    for error in rejection.errors:
        yield f"field        {printable(error.field) or '(the whole event)'}"
        yield f"  value      {printable(error.value)}"
        yield f"  expected   {printable(error.expected)}"
    for name, value in rejection.headers:
        yield f"header       {printable(name)}: {text_of(value)}"
    yield f"what to do   {ADVICE[rejection.reason]}"
    if (cut := rejection.cut) is not None:
        yield (
            f"cut          the key had {cut.key_bytes} bytes, {cut.headers_count} headers "
            f"{cut.headers_bytes}, the value {cut.value_bytes} with SHA-256 {cut.value_sha256}; "
            f"the whole stands only at {shown(entry.source)}"
        )
    yield from _bytes(rejection.value)


def _bytes(raw: bytes) -> Iterator[str]:
    yield f"bytes        {len(raw)}{'' if raw else ': the record had no value'}"
    try:
        raw.decode()
    except UnicodeDecodeError:
        yield from _hex(raw[:LIMIT])
    else:
        # A character cut in two at the limit is left out.
        yield printable(raw[:LIMIT].decode("utf-8", "ignore"), keep="\n\t")
    if len(raw) > LIMIT:
        yield f"... {len(raw) - LIMIT} bytes more; --raw writes all of them to standard output"


def _hex(raw: bytes) -> Iterator[str]:
    for start in range(0, len(raw), 16):
        row = raw[start : start + 16]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        yield f"{start:08x}  {row.hex(' '):<47}  {text}"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
