"""Imports to the topic: every incident is there, an import again repeats it, Ctrl-C says so."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from schemas.event import IncidentEvent
from schemas.topics import INCIDENTS
from services import clients, topics
from services.importers import command
from services.importers.feed import Feed
from services.importers.gdelt import Gdelt
from services.importers.inputs import Input
from services.importers.tally import Item, Tally, Watch
from services.settings import Settings
from services.terminal import Terminal
from tests.unit.test_gdelt_importer import line


def feed(folder: Path, number: int) -> Feed:
    file = folder / "20240428121500.export.CSV"
    file.write_text("".join(f"{line(GLOBALEVENTID=str(n))}\n" for n in range(1, number + 1)))
    return Feed(Input(file), Gdelt())


async def keys(settings: Settings) -> list[bytes]:
    """Return the keys of what stands in the topic of incidents."""
    found: list[bytes] = []
    name = topics.name(INCIDENTS, settings.kafka)
    async with clients.consumer(settings.kafka, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(name, n) for n in range(settings.kafka.partitions)])
        ends = await consumer.end_offsets(consumer.assignment())
        async with asyncio.timeout(60):
            while len(found) < sum(ends.values()):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += [record.key for record in records]
    return found


async def test_every_incident_is_in_the_log_and_importing_again_repeats_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job, quiet = feed(tmp_path, 300), Terminal(quiet=True)
    for times in (1, 2):
        tally = await command.to_topic(settings, job, quiet)
        assert (tally.new, tally.rejected) == (300, 0)
        told = await keys(settings)
        assert len(told) == 300 * times
        assert set(told) == {f"GDELT-{n}".encode() for n in range(1, 301)}


class Interrupted(Feed):
    """Cancels the import after a hundred incidents, as Ctrl-C does."""

    def items(self, tally: Tally, watch: Watch) -> Iterator[Item]:
        for n, item in enumerate(Feed.items(self, tally, watch)):
            if n == 100:
                task: Any = asyncio.current_task()
                task.cancel()
            assert n < 200 or not isinstance(item, IncidentEvent), "it goes on after Ctrl-C"
            yield item


async def test_an_interrupted_import_says_how_many_are_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole, screen = feed(tmp_path, 300), io.StringIO()
    job = Interrupted(whole.source, whole.dataset)
    with pytest.raises(asyncio.CancelledError):
        await command.to_topic(settings, job, Terminal(file=screen, width=200))
    assert "import again: what is there changes nothing" in screen.getvalue()
    assert len(await keys(settings)) <= 200
