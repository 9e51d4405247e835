"""What ``forewarn import`` does: reads, writes to a file or to the topic, and counts."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import orjson
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress

from schemas.event import IncidentEvent
from services import records, topics
from services.importers import ucdp
from services.importers.table import Rejected, count
from services.records import milliseconds
from services.settings import Settings

IN_FLIGHT = 5_000
"""How many reports may wait for the broker's acknowledgement at once."""


@dataclass
class Counts:
    """What became of the rows."""

    rows: int = 0
    incidents: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Rows that became no incident."""
        return self.reasons.total()


def to_ndjson(file: Path, output: Path, console: Console) -> Counts:
    """Write incidents to ``output`` and rejects, with reasons, beside it."""
    rejects = output.with_suffix(".rejected.ndjson")
    counts = Counts()
    with _whole(output) as good, _whole(rejects) as bad:
        for item in _progress(file, counts, console):
            if isinstance(item, IncidentEvent):
                good.write(item.model_dump_json(exclude_defaults=True).encode() + b"\n")
            else:
                bad.write(_rejected(item))
    _say(counts, console)
    console.print(f"incidents in {output}, rejects in {rejects}")
    return counts


async def to_topic(settings: Settings, file: Path, console: Console) -> Counts:
    """Publish incidents; each counts as known from now on. Rejects are written to a file."""
    rejects = Path(f"{file.name}.rejected.ndjson")
    counts = Counts()
    await topics.ensure(settings.kafka)
    producer = AIOKafkaProducer(**settings.kafka.client_options(), acks="all", linger_ms=5)
    await producer.start()
    try:
        with _whole(rejects) as bad:
            waiting: deque[Any] = deque()
            for item in _progress(file, counts, console):
                if isinstance(item, Rejected):
                    bad.write(_rejected(item))
                    continue
                record = replace(records.incident(item), at=datetime.now(UTC))
                waiting.append(
                    await producer.send(
                        topics.name(record.topic, settings.kafka),
                        key=record.key,
                        value=record.value,
                        headers=list(record.headers),
                        timestamp_ms=milliseconds(record.at),
                    )
                )
                while len(waiting) > IN_FLIGHT:
                    await waiting.popleft()
            for acknowledged in waiting:
                await acknowledged
    finally:
        await producer.stop()
    _say(counts, console)
    console.print(f"published to 'incidents'; rejects in {rejects}")
    return counts


def _progress(file: Path, counts: Counts, console: Console) -> Iterator[IncidentEvent | Rejected]:
    """Yield what the rows become, counted, behind a progress bar."""
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(file.name, total=count(file))
        for item in ucdp.read(file):
            counts.rows += 1
            if isinstance(item, Rejected):
                counts.reasons[item.faults[0][0]] += 1
            else:
                counts.incidents += 1
            bar.advance(task)
            yield item


def _rejected(item: Rejected) -> bytes:
    content = {
        "row": item.row.number,
        "reason": item.reason,
        "faults": [dict(zip(("field", "value", "expected"), f, strict=True)) for f in item.faults],
        "values": {k: v for k, v in item.row.values.items() if v is not None},
    }
    return orjson.dumps(content, default=str) + b"\n"


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when it is complete."""
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as output:
            yield output
        partial.replace(path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _say(counts: Counts, console: Console) -> None:
    console.print(f"rows       {counts.rows}")
    console.print(f"incidents  {counts.incidents}")
    console.print(f"rejected   {counts.rejected}")
    for field_name, number in counts.reasons.most_common():
        console.print(f"  by {field_name}: {number}")
