"""Each alert exactly once and in order by segment, whatever happens between two reads."""

import asyncio
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine

from schemas.event import AlertEvent
from services.gateway.following import pages, reader
from services.gateway.following.entries import told as entry
from services.gateway.following.feed import Feed
from services.gateway.following.filters import EVERYTHING, Asked, Wanted
from services.gateway.following.log import NoLog
from services.gateway.following.pages import Gone, Stored, page
from services.gateway.following.position import Codec, Position
from services.gateway.following.reader import Reader
from services.gateway.following.recent import Recent
from services.ledger import database
from services.ledger.store import Store
from services.records import alert as record
from tests.builders import at
from tests.databases import postgres_url, server, sqlite_url, where
from tests.gateway.follow.sse import Parser
from tests.gateway.follow.written import Written, told

__all__ = ["postgres_url", "server", "sqlite_url", "where"]

CODEC = Codec(bytes(32))

STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.just("repeat"), st.integers(1, 4)),
    st.tuples(st.just("write"), st.integers(1, 3), st.sets(st.integers(0, 3), min_size=1)),
    st.tuples(st.just("poll"), st.integers(0, 1)),
    st.tuples(st.just("read"), st.integers(0, 2), st.integers(1, 4)),
    st.tuples(st.just("read meanwhile"), st.integers(0, 2)),
    st.tuples(st.just("come back"), st.integers(0, 2), st.integers(0, 1)),
    st.tuples(st.just("restart"), st.integers(0, 1)),
)


class Readers:
    """Two gateways on one read model, each with a ring of its own size, and three readers."""

    def __init__(self, written: Written, engine: Engine, sizes: tuple[int, int]) -> None:
        self.written, self.engine, self.sizes = written, engine, sizes
        self.said: dict[int, int] = defaultdict(int)
        self.feeds = [self.feed(0), self.feed(1)]
        self.taken: list[list[tuple[str, int]]] = [[], [], []]
        self.ids = ["", "", ""]
        self.readers = [self.reader(n, n % 2) for n in range(3)]

    def feed(self, number: int) -> Feed:
        return Feed(self.engine, CODEC, NoLog(), Recent(Position(), alerts=self.sizes[number]))

    def reader(self, number: int, gateway: int) -> Reader:
        known = self.ids[number]
        position = CODEC.decode(known) if known else Position()
        return Reader(self.feeds[gateway], position, EVERYTHING)

    async def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("add", segment, count):
                for _ in range(count):
                    self.said[segment] += 1
                    self.written.add(told(self.said[segment], segment))
            case ("repeat", segment) if self.said[segment]:
                # A worker that died between publishing and keeping its state.
                self.written.add(told(max(1, self.said[segment] - 1), segment))
                self.written.add(told(self.said[segment], segment))
            case ("write", most, partitions):
                self.written.write(most, partitions)
            case ("poll", gateway):
                await self.feeds[gateway].poll()
            case ("read", number, times):
                for _ in range(times):
                    await self.read(number)
            case ("read meanwhile", number):
                await self.meanwhile(self.readers[number]._feed, number)
            case ("come back", number, gateway):
                self.readers[number] = self.reader(number, gateway)
            case ("restart", gateway):
                self.feeds[gateway] = self.feed(gateway)
                await self.feeds[gateway].poll()
                for number in range(3):
                    self.readers[number] = self.reader(number, gateway)

    async def meanwhile(self, feed: Feed, number: int) -> None:
        """Let more come while a reader waits for what it asked the read model for."""

        async def page(*asked: Any) -> pages.Page:
            found = await Feed.page(feed, *asked)
            await self.do(("add", 1, 2))
            self.written.write()
            await feed.poll()
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(feed, "page", page)
            await self.read(number)

    async def read(self, number: int) -> bool:
        found = await self.readers[number].next()
        parser = Parser()
        for event in parser.feed(b"".join(found or ())):
            alert = AlertEvent.model_validate_json(event.data).data
            self.taken[number].append((alert.segment_id, alert.sequence))
            self.ids[number] = event.last_id
        return found is not None

    async def finish(self) -> None:
        self.written.write()
        for feed in self.feeds:
            while await feed.poll() or feed.recent.end != self.written.end():
                pass
        for number in range(3):
            for _ in range(4):
                while await self.read(number):
                    pass


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    st.lists(STEPS, max_size=30),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(1, 4),
)
def test_any_interleaving_gives_each_reader_each_alert_once_and_in_order(
    steps: list[tuple[Any, ...]], sizes: tuple[int, int], most: int
) -> None:
    async def run(engine: Engine) -> None:
        readers = Readers(Written(Store(engine)), engine, sizes)
        for step in [("poll", 0), ("poll", 1), *steps]:
            await readers.do(step)
        await readers.finish()
        for taken in readers.taken:
            by_segment: dict[str, list[int]] = defaultdict(list)
            for segment, sequence in taken:
                by_segment[segment].append(sequence)
            assert by_segment == {
                told(1, number).segment_id: list(range(1, count + 1))
                for number, count in readers.said.items()
                if count
            }

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "MOST", most)
        where = URL.create("sqlite", database=str(Path(folder, "ledger.sqlite")))
        engine = database.connect(where)
        try:
            asyncio.run(run(engine))
        finally:
            engine.dispose()


async def test_what_comes_while_a_reader_catches_up_is_told_too(ledger: Engine) -> None:
    written = Written(Store(ledger))
    written.put(told(1, 1), told(2, 1))
    readers = Readers(written, ledger, (100, 100))
    readers.said[1] = 2
    await readers.feeds[0].poll()
    await readers.meanwhile(readers.feeds[0], 0)
    while await readers.read(0):
        pass
    assert [sequence for _, sequence in readers.taken[0]] == [1, 2, 3, 4]


async def test_a_reader_that_is_overtaken_goes_on_where_it_was(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST", 1)
    written = Written(Store(ledger))
    readers = Readers(written, ledger, (3, 3))
    for step in [("poll", 0), ("read", 0, 1), ("add", 1, 3), ("write", 3, {0, 1, 2, 3})]:
        await readers.do(step)
    await readers.do(("poll", 0))
    await readers.do(("read", 0, 1))
    for _ in range(2):
        for again in [("add", 1, 3), ("write", 3, {0, 1, 2, 3}), ("poll", 0)]:
            await readers.do(again)
    while await readers.read(0):
        pass
    assert [sequence for _, sequence in readers.taken[0]] == list(range(1, 10))


@pytest.fixture
def on(where: URL) -> Any:
    """A read model on either kind of database."""
    engine = database.connect(where)
    yield engine
    engine.dispose()


def read(found: pages.Page) -> list[tuple[int, int]]:
    alerts = [orjson.loads(one.value)["data"] for one in found.alerts]
    return [(int(alert["segment_id"][-2:]), alert["sequence"]) for alert in alerts]


def test_pages_hold_each_alert_once_in_order_on_either_database(on: Engine) -> None:
    written = Written(Store(on))
    expected = [(s, n) for n in range(1, 9) for s in range(1, 6)]
    written.put(*(told(n, s, at(n)) for s, n in expected))
    # A repeat leaves no row, and is passed.
    written.put(told(8, 1, at(8)))
    found, position = [], Position()
    for _ in range(7):
        part = page(on, position, EVERYTHING, 7)
        found += read(part)
        position = part.after
        assert CODEC.decode(CODEC.encode(position)) == position
    assert sorted(found) == sorted(expected)
    for segment in range(1, 6):
        assert [n for s, n in found if s == segment] == list(range(1, 9))
    assert [n for _, n in found] == sorted(n for _, n in found), "by turns, in order of time"
    assert position == written.end()
    assert not part.more


def test_a_filter_passes_what_it_leaves_out(on: Engine) -> None:
    written = Written(Store(on))
    written.put(*(told(n, s, at(n)) for n in range(1, 9) for s in range(1, 6)))
    wanted = Wanted.by(Asked(segment=(told(1, 3).segment_id,)))
    part = page(on, Position(), wanted, 100)
    assert read(part) == [(3, n) for n in range(1, 9)]
    assert part.after == written.end()


def test_nothing_is_read_that_is_not_committed_or_not_asked_for_yet(on: Engine) -> None:
    written = Written(Store(on))
    written.add(*(told(n) for n in range(1, 6)))
    written.write(3)
    partition = written.partition(told(1))
    part = page(on, Position(), until=Position().after(partition, 1))
    assert (read(part), part.more) == ([(2, 1), (2, 2)], False)
    assert read(page(on, part.after)) == [(2, 3)]


def test_a_page_after_what_is_gone_is_refused_with_what_is_kept(on: Engine) -> None:
    written = Written(Store(on))
    written.put(told(1))
    partition = written.partition(told(1))
    written.lose(partition, 4)
    with pytest.raises(Gone) as gone:
        page(on, Position().after(partition, 0))
    assert gone.value.kept == Position().after(partition, 3)
    assert page(on, gone.value.kept).alerts == ()


@pytest.mark.parametrize(("alerts", "size"), [(3, 10**9), (100, 3_500)])
def test_the_ring_stays_as_small_as_it_is_told_to(alerts: int, size: int) -> None:
    recent = Recent(Position(), alerts, size)
    values = [record(told(n)).value for n in range(1, 21)]
    entries = [entry(Stored(v, Position((n + 1,))), CODEC) for n, v in enumerate(values)]
    recent.extend(entries, Position((20,)))
    assert (recent.next, recent.end) == (20, Position((20,)))
    kept = next(found for n in range(21) if (found := recent.since(n, 100)) is not None)
    assert 1 <= len(kept) <= 3
    assert sum(len(one.wire) for one in kept) <= size
    assert recent.since(20, 100) == []
    recent.skip(Position((30,)))
    assert recent.since(20, 100) is None
