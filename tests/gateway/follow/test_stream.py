"""The stream: what is told, from where on, to whom, and what it says when nothing happens."""

import asyncio
from dataclasses import replace

import orjson
import pytest

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.event import AlertEvent
from schemas.incident import Traffic
from services.gateway.following.feed import Feed
from services.gateway.following.log import KafkaLog
from services.gateway.following.position import Codec, Position
from services.gateway.parts import Parts
from services.settings import Kafka
from tests.builders import at
from tests.gateway.follow.conftest import Served, serving
from tests.gateway.follow.sse import Event, Parser
from tests.gateway.follow.written import Written, told


def names(events: list[Event]) -> list[tuple[str, int]]:
    """Return of each event whose alert it is, and which transition."""
    found = [AlertEvent.model_validate_json(event.data).data for event in events]
    return [(alert.segment_id, alert.sequence) for alert in found]


async def test_an_event_is_the_cloudevent_of_the_topic_named_after_its_transition(
    served: Served, written: Written
) -> None:
    alert = told(1, transition=Transition.ESCALATED)
    written.put(alert)
    async with served.stream(since="beginning") as stream:
        (event,) = await stream.take(1)
    headers = stream.answer.headers
    assert headers["content-type"].partition(";")[0] == "text/event-stream"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert event.name == "escalated"
    envelope = AlertEvent.model_validate_json(event.data)
    assert envelope.data == alert
    assert envelope.id == f"{alert.alert_id}:1"
    assert stream.parser.retry is not None
    assert 1_000 <= stream.parser.retry <= 3_000


async def test_without_an_id_only_what_comes_from_now_on_is_told(
    served: Served, written: Written
) -> None:
    written.put(told(1))
    async with asyncio.timeout(30):
        while served.app.state.feed.recent.end != written.end():
            await asyncio.sleep(0.01)
    async with served.stream() as stream:
        written.put(told(2))
        assert names(await stream.take(1)) == [(told(1).segment_id, 2)]


async def test_since_a_time_is_from_the_first_alert_recorded_then_or_later(
    served: Served, written: Written
) -> None:
    written.put(*(told(n, segment, at(n)) for n in range(1, 6) for segment in (2, 3, 5)))
    async with served.stream(since=at(4).isoformat()) as stream:
        assert sorted(names(await stream.take(6))) == [
            (told(n, s).segment_id, n) for s in (2, 3, 5) for n in (4, 5)
        ]


async def test_a_reader_that_comes_back_goes_on_after_what_it_took(
    served: Served, written: Written
) -> None:
    written.put(*(told(n) for n in range(1, 4)))
    async with served.stream(since="beginning") as stream:
        (event,) = await stream.take(1)
    async with served.stream(event.last_id, since="beginning") as stream:
        assert names(await stream.take(2)) == [(told(1).segment_id, 2), (told(1).segment_id, 3)]
    async with served.stream(last_event_id=event.last_id) as stream:
        assert names(await stream.take(2)) == [(told(1).segment_id, 2), (told(1).segment_id, 3)]


async def test_a_reader_that_heard_nothing_yet_comes_back_to_where_it_began(
    served: Served, written: Written
) -> None:
    async with served.stream() as stream:
        reading = asyncio.ensure_future(stream.take(1))
        while not stream.parser.last_id:
            await asyncio.sleep(0.01)
        reading.cancel()
    written.put(told(1))
    await asyncio.sleep(0.3)
    async with served.stream(stream.parser.last_id) as again:
        assert names(await again.take(1)) == [(told(1).segment_id, 1)]


FILTERS = {
    "border=KGZ-TJK": {1, 2, 3, 4, 5},
    "segment=KGZ-TJK-050-03": {3},
    "segment=KGZ-TJK-050-03&segment=KGZ-TJK-050-04": {3, 4},
    "segment=KGZ-TJK": set(),
    "level=critical": {4},
    # Who asks for warnings and worse has seen the fifth rise.
    "level=warning": {3, 4, 5},
    "traffic=exercise": {6},
    "traffic=exercise&traffic=actual&level=normal": {1, 2, 3, 4, 5, 6},
}


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("live", [False, True])
async def test_filters_choose_the_same_from_the_read_model_and_as_alerts_come(
    served: Served, written: Written, query: str, live: bool
) -> None:
    alerts = [
        told(1, 1, level=Level.NORMAL),
        told(1, 2, level=Level.WATCH),
        told(1, 3, level=Level.WARNING),
        told(1, 4, level=Level.CRITICAL),
        told(1, 5, level=Level.NORMAL, previous_level=Level.WARNING),
        told(1, 6, traffic=Traffic.EXERCISE),
    ]
    if not live:
        written.put(*alerts)
        await asyncio.sleep(0.3)
    where = f"/v1/alerts/stream?since=beginning&{query}"
    async with served.client.stream("GET", where) as answer:
        if live:
            written.put(*alerts)
        found = set[int]()
        parser = Parser()
        async for chunk in answer.aiter_bytes():
            found |= {int(segment[-2:]) for segment, _ in names(parser.feed(chunk))}
            # A heartbeat tells a reader that it has passed what its filter left out.
            if end_of(served, parser.last_id) == written.end():
                break
    assert found == FILTERS[query]


def end_of(served: Served, id_: str) -> Position:
    feed: Feed = served.app.state.feed
    return feed.codec.decode(id_) if id_ else Position()


async def test_heartbeats_are_comments_whose_ids_a_client_keeps_without_an_event(
    served: Served, written: Written
) -> None:
    async with served.stream(segment="KGZ-TJK-050-03") as stream:
        reading = asyncio.ensure_future(stream.take(1))
        written.put(told(1, 5))
        async with asyncio.timeout(5):
            while end_of(served, stream.parser.last_id) != written.end():
                await asyncio.sleep(0.02)
        assert stream.parser.comments
        assert not reading.done(), "a heartbeat is no event"
        reading.cancel()


@pytest.mark.parametrize("last", ["", "nonsense", "AbCd", "\u00e9", "A" * 5_000])
async def test_an_id_that_no_gateway_made_is_refused(served: Served, last: str) -> None:
    where = "/v1/alerts/stream"
    answer = await served.client.get(where, params={"last_event_id": last or "="})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "/v1/problems/bad-request"
    assert problem["errors"][0]["field"] == "last_event_id"
    assert "since=beginning" in problem["detail"]


async def test_alerts_that_are_gone_are_told_before_a_stream_begins_and_in_its_middle(
    served: Served, written: Written
) -> None:
    written.put(told(1), told(2))
    async with served.stream(since="beginning") as stream:
        (first, _) = await stream.take(2)
        partition = written.partition(told(1))
        written.lose(partition, 5)
        written.put(*(told(n) for n in range(3, 8)))
        gap, *rest = await stream.take(3)
    assert gap.name == "gap"
    assert end_of(served, gap.last_id)[partition] == 5
    assert orjson.loads(gap.data)["kept_from"] == gap.last_id
    assert names(rest) == [(told(1).segment_id, 6), (told(1).segment_id, 7)]

    for where in ("/v1/alerts/stream?last_event_id=", "/v1/alerts/feed?after="):
        answer = await served.client.get(where + first.last_id)
        assert answer.status_code == 410
        assert answer.json()["type"] == "/v1/problems/gap"
        assert gap.last_id in answer.json()["detail"]
    async with served.stream(gap.last_id) as stream:
        assert names(await stream.take(2)) == names(rest)
    async with served.stream(since="beginning") as stream:
        assert names(await stream.take(2)) == names(rest)


class Ending:
    """A log that says where it ends."""

    def __init__(self, end: Position | None, name: str = "") -> None:
        self.name = name
        self._end = end

    async def end(self) -> Position | None:
        return self._end


@pytest.mark.parametrize("end", [Position((9, 9, 9, 9)), None])
async def test_a_read_model_that_is_behind_anothers_is_waited_for(
    parts: Parts, written: Written, end: Position | None
) -> None:
    written.add(*(told(n) for n in range(1, 5)))
    partition = written.partition(told(1))
    async with serving(replace(parts, alert_log=Ending(end))) as served:
        ahead = served.app.state.feed.codec.encode(Position().after(partition, 1))
        async with served.stream(ahead) as stream:
            written.write(1)
            await asyncio.sleep(0.3)
            written.write(2)
            await asyncio.sleep(0.3)
            written.write()
            assert names(await stream.take(2)) == [(told(1).segment_id, n) for n in (3, 4)]


async def test_an_id_of_another_log_is_refused(parts: Parts, written: Written) -> None:
    written.put(told(1))
    short = replace(parts, alert_log=Ending(written.end(), "one"))
    async with serving(short) as served:
        codec: Codec = served.app.state.feed.codec
        beyond = codec.encode(Position((9, 9, 9, 9)))
        here = codec.encode(written.end())
        answer = await served.client.get(f"/v1/alerts/stream?last_event_id={beyond}")
        assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problems/other-log")
        assert "beyond the end" in answer.json()["detail"]
    async with serving(replace(parts, alert_log=Ending(None, "other"))) as served:
        answer = await served.client.get(f"/v1/alerts/feed?after={here}")
        assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problems/other-log")


class Growing(KafkaLog):
    """A log that has grown each time that it is asked."""

    asked = 0

    async def _ask(self) -> Position | None:
        self.asked += 1
        await asyncio.sleep(0.05)
        return Position((self.asked,))


async def test_where_a_log_ends_is_never_an_old_answer_and_is_asked_once_for_many() -> None:
    log = Growing(Kafka(), "cluster")
    assert await log.end() == Position((1,))
    assert await log.end() == Position((2,))
    first = asyncio.ensure_future(log.end())
    await asyncio.sleep(0.01)
    # The question under way may have been answered before these were asked.
    rest = await asyncio.gather(*(log.end() for _ in range(100)))
    assert await first == Position((3,))
    assert set(rest) == {Position((4,))}


async def test_readers_are_let_go_when_the_read_model_is_emptied(
    served: Served, written: Written
) -> None:
    written.put(told(1), told(2))
    async with served.stream(since="beginning") as stream:
        first = (await stream.take(1))[0]
        written.store.clear()
        with pytest.raises(StopAsyncIteration):
            await stream.take(2)
    async with served.stream(first.last_id) as stream:
        written.write()
        assert names(await stream.take(1)) == [(told(1).segment_id, 2)]


async def test_no_more_readers_than_there_is_room_for(parts: Parts) -> None:
    async with serving(parts, readers=2) as served:
        async with served.stream() as one, served.stream() as two:
            answer = await served.client.get("/v1/alerts/stream")
            assert (one.answer.status_code, two.answer.status_code) == (200, 200)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
            assert answer.json()["type"] == "/v1/problems/full"
        async with asyncio.timeout(5):
            while served.app.state.feed.streams:
                await asyncio.sleep(0.01)
        async with served.stream() as three:
            assert three.answer.status_code == 200


async def test_a_place_that_is_not_watched_is_refused(served: Served) -> None:
    answer = await served.client.get("/v1/alerts/stream?border=KGZ-TJL")
    assert answer.status_code == 400
    assert "'KGZ-TJL'" in answer.json()["detail"]
    assert "watched are: KGZ-TJK" in answer.json()["detail"]
    answer = await served.client.get("/v1/alerts/stream?segmnt=KGZ-TJK-050-02")
    assert answer.status_code == 422
