"""What ``forewarn import`` does: reads, writes to a file or to the topic, and counts."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from schemas.event import IncidentEvent
from services import clients, records, topics
from services.importers import ucdp
from services.importers.earlier import Earlier
from services.importers.files import Rejects, whole
from services.importers.releases import Item, Release, Tally, compare, hold
from services.importers.table import Rejected, count
from services.progress import progress
from services.records import milliseconds
from services.settings import Settings

IN_FLIGHT = 5_000
"""How many reports may wait for the broker's acknowledgement at once."""


def release(
    file: Path,
    supersedes: Path | None = None,
    revision: int | None = None,
    released: datetime | None = None,
    called: str | None = None,
) -> Release:
    """Return what to import from the options of the command line.

    Raises
    ------
    ValueError
        A revision is given without a release to supersede.
    """
    day = None if released is None else released.replace(tzinfo=UTC)
    number = revision or (1 if supersedes is None else 2)
    return Release(file, called or file.stem, day, supersedes, number)


def to_ndjson(release: Release, output: Path, console: Console) -> Tally:
    """Write incidents to ``output`` and rejects, with reasons, beside it.

    Raises
    ------
    ValueError
        The release supersedes another and does not tell since when it is known.
    """
    if release.supersedes is not None and release.released is None:
        msg = (
            "--released: missing; a file that is replayed must say since when the changes are "
            "known: give the day of the release, e.g. --released 2022-06-01"
        )
        raise ValueError(msg)
    tally = Tally()
    with (
        whole(output) as good,
        Rejects(output.with_suffix(".rejected.ndjson")) as rejects,
    ):
        for item in _progress(release, tally, console):
            if isinstance(item, IncidentEvent):
                good.write(item.model_dump_json(exclude_defaults=True).encode() + b"\n")
            else:
                rejects.write(item)
    _say(release, tally, console)
    console.print(f"incidents in {output}{rejects.where}", soft_wrap=True)
    return tally


async def to_topic(settings: Settings, release: Release, console: Console) -> Tally:
    """Publish incidents; each counts as known from now on. Rejects, if any, go to a file."""
    tally = Tally()
    await topics.ensure(settings.kafka)
    async with clients.producer(settings.kafka, linger_ms=5) as producer:
        with Rejects(Path(f"{release.file.name}.rejected.ndjson")) as rejects:
            waiting: deque[Any] = deque()
            for item in _progress(release, tally, console):
                if isinstance(item, Rejected):
                    rejects.write(item)
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
    _say(release, tally, console)
    console.print(f"published to 'incidents'{rejects.where}", soft_wrap=True)
    return tally


def _progress(release: Release, tally: Tally, console: Console) -> Iterator[Item]:
    """Yield what the rows become, counted, behind a progress bar for each file."""
    with progress(console) as bar:

        def read(file: Path, released: datetime | None) -> Iterator[Item]:
            task = bar.add_task(file.name, total=count(file))
            for item in ucdp.read(file, released):
                bar.advance(task)
                yield item

        earlier = Earlier()
        if release.supersedes is not None:
            earlier = hold(read(release.supersedes, None), tally)
        yield from compare(earlier, read(release.file, release.released), release, tally)


def _say(release: Release, tally: Tally, console: Console) -> None:
    console.print(f"rows       {tally.rows}")
    if release.supersedes is None:
        console.print(f"incidents  {tally.new}")
    else:
        console.print(f"confirmed  {tally.confirmed}")
        console.print(f"corrected  {tally.corrected}")
        for kinds, number in tally.corrections.most_common():
            console.print(f"  by {', '.join(kinds)}: {number}")
        console.print(f"new        {tally.new}")
    console.print(f"rejected   {tally.rejected}")
    for field_name, number in tally.reasons.most_common():
        console.print(f"  by {field_name}: {number}")
    if release.supersedes is not None:
        _say_of_earlier(release.supersedes, tally, console)


def _say_of_earlier(file: Path, tally: Tally, console: Console) -> None:
    """Account for every row of the earlier release."""
    covered = (tally.coverage.first, tally.coverage.last)
    days = " to ".join(f"{day:%Y-%m-%d}" for day in covered if day) or "none readable"
    console.print(f"superseded {tally.earlier} rows of {file.name}")
    console.print(f"  confirmed or corrected: {tally.confirmed + tally.corrected}")
    console.print(f"  retracted: {tally.retracted}")
    console.print(f"  outside coverage ({days}), left as is: {tally.outside}")
    console.print(f"  rejected in the new release, left as is: {tally.kept}")
    console.print(f"  rejected there already: {tally.earlier_rejected}")
    if tally.nameless:
        first = tally.nameless[0]
        console.print(
            f"  missing, left as is: {tally.unsure}: each could be row {first}, whose id cannot be "
            "read; correct the row and import again"
        )
