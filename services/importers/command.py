"""What ``forewarn import`` does: reads, writes to a file or to the topic, and counts."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.event import IncidentEvent
from services import clients, records, topics
from services.importers.files import Rejects, whole
from services.importers.inputs import Format, Input
from services.importers.releases import Release
from services.importers.rows import Rejected
from services.importers.said import say
from services.importers.table import count
from services.importers.tally import Import, Item, Tally
from services.importers.wanted import Wanted
from services.progress import progress
from services.records import milliseconds
from services.settings import Settings
from services.terminal import Terminal

IN_FLIGHT = 5_000
"""How many reports may wait for the broker's acknowledgement at once."""


def release(
    file: Path,
    supersedes: Path | None = None,
    revision: int | None = None,
    released: datetime | None = None,
    called: str | None = None,
    *,
    format: Format | None = None,
    wanted: Wanted | None = None,
) -> Release:
    """Return what to import from the options of the command line.

    Raises
    ------
    ValueError
        A revision is given without a release to supersede.
    """
    day = None if released is None else released.replace(tzinfo=UTC)
    number = revision or (1 if supersedes is None else 2)
    called = called or Path(Input(file).name).stem
    return Release(file, called, day, supersedes, number, format, wanted or Wanted())


def to_ndjson(job: Import, output: Path, console: Terminal, rejected: Path | None = None) -> Tally:
    """Write incidents to ``output`` and rejects, with reasons, to ``rejected`` or beside it.

    Raises
    ------
    ValueError
        A release supersedes another and does not tell since when it is known.
    """
    if job.undated:
        msg = (
            "--released: missing; a file that is replayed must say since when the changes are "
            "known: give the day of the release, e.g. --released 2022-06-01"
        )
        raise ValueError(msg)
    tally = Tally()
    with (
        whole(output) as good,
        Rejects(rejected or output.with_suffix(".rejected.ndjson")) as rejects,
    ):
        for item in _items(job, tally, console):
            if isinstance(item, IncidentEvent):
                good.write(item.model_dump_json(exclude_defaults=True).encode() + b"\n")
            elif isinstance(item, Rejected):
                rejects.write(item)
    say(job, tally, console)
    console.say(f"incidents in {output}{rejects.where}")
    return tally


def dry_run(job: Import, console: Terminal, rejected: Path | None = None) -> Tally:
    """Read and count; write nothing, but for the rejects where a file is named for them."""
    tally = Tally()
    with Rejects(rejected) if rejected else nullcontext() as rejects:
        for item in _items(job, tally, console):
            if rejects is not None and isinstance(item, Rejected):
                rejects.write(item)
    say(job, tally, console)
    where = rejects.where if rejects is not None else ""
    console.say(f"dry run: no incident was written{where}")
    return tally


async def to_topic(
    settings: Settings, job: Import, console: Terminal, rejected: Path | None = None
) -> Tally:
    """Publish incidents; each counts as known from now on. Rejects, if any, go to a file."""
    tally = Tally()
    await topics.ensure(settings.kafka)
    async with clients.producer(settings.kafka, linger_ms=5) as producer:
        with Rejects(rejected or Path(f"{job.source.name}.rejected.ndjson")) as rejects:
            sending = _Sending(producer, settings)
            try:
                for item in _items(job, tally, console):
                    if isinstance(item, IncidentEvent):
                        await sending.send(item)
                        continue
                    if isinstance(item, Rejected):
                        rejects.write(item)
                    # Where nothing is sent nothing is waited for, and Ctrl-C not heard.
                    await asyncio.sleep(0)
                await sending.wait(0)
            except asyncio.CancelledError:
                console.say(
                    f"interrupted: {sending.acknowledged} incidents are in the log, "
                    f"{len(sending.waiting)} may be; import again: what is there changes nothing"
                )
                raise
    say(job, tally, console)
    console.say(f"published to 'incidents'{rejects.where}")
    return tally


class _Sending:
    """Sends incidents, a bounded number of them ahead of what the broker has acknowledged."""

    def __init__(self, producer: Any, settings: Settings) -> None:
        self._producer, self._kafka = producer, settings.kafka
        self.waiting: deque[Any] = deque()
        self.acknowledged = 0

    async def send(self, event: IncidentEvent) -> None:
        record = replace(records.incident(event), at=datetime.now(UTC))
        self.waiting.append(
            await self._producer.send(
                topics.name(record.topic, self._kafka),
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                timestamp_ms=milliseconds(record.at),
            )
        )
        await self.wait(IN_FLIGHT)

    async def wait(self, most: int) -> None:
        while len(self.waiting) > most:
            await self.waiting[0]
            self.waiting.popleft()
            self.acknowledged += 1


def _items(job: Import, tally: Tally, console: Terminal) -> Iterator[Item]:
    """Yield what the rows become, counted, behind a progress bar for each input."""
    with progress(console) as bar:

        def watch(source: Input, found: Iterator[Any]) -> Iterator[Any]:
            task = bar.add_task(source.name, total=count(source))
            for item in found:
                bar.advance(task)
                yield item

        yield from job.items(tally, watch)
