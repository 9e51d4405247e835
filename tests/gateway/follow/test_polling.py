"""Polling: pages, their tags, and waiting for the next alert."""

import asyncio

import httpx

from schemas.alert import Transition
from tests.builders import at
from tests.gateway.follow.conftest import Served
from tests.gateway.follow.written import Written, told

FEED = "/v1/alerts/feed"


def sequences(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [event["data"]["sequence"] for event in answer.json()["alerts"]]


async def test_pages_follow_each_other_to_the_end_and_on(served: Served, written: Written) -> None:
    written.put(*(told(n, at=at(n)) for n in range(1, 8)))
    found, query = [], {"since": "beginning", "limit": "3"}
    while True:
        answer = await served.client.get(FEED, params=query)
        found += sequences(answer)
        query = {"after": answer.json()["next"], "limit": "3"}
        if not answer.json()["more"]:
            break
    assert found == list(range(1, 8))
    again = await served.client.get(FEED, params=query)
    assert (sequences(again), again.json()["next"]) == ([], query["after"])
    written.put(told(8))
    assert sequences(await served.client.get(FEED, params=query)) == [8]


async def test_an_id_of_the_stream_is_one_of_the_feed_and_the_reverse(
    served: Served, written: Written
) -> None:
    written.put(*(told(n) for n in range(1, 4)))
    async with served.stream(since="beginning") as stream:
        (event,) = await stream.take(1)
    answer = await served.client.get(FEED, params={"after": event.last_id, "limit": 1})
    assert sequences(answer) == [2]
    async with served.stream(answer.json()["next"]) as stream:
        (event,) = await stream.take(1)
    assert '"sequence":3' in event.data


async def test_a_page_that_is_known_is_not_sent_again(served: Served, written: Written) -> None:
    written.put(told(1))
    query = {"since": "beginning"}
    first = await served.client.get(FEED, params=query)
    tag = {"If-None-Match": f'"other", {first.headers["etag"]}'}
    known = await served.client.get(FEED, params=query, headers=tag)
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["etag"] == first.headers["etag"]
    other = await served.client.get(FEED, params=query | {"traffic": "test"}, headers=tag)
    assert other.status_code == 200
    written.put(told(2))
    assert sequences(await served.client.get(FEED, params=query, headers=tag)) == [1, 2]


async def test_a_client_may_wait_for_the_next_alert(served: Served, written: Written) -> None:
    loop = asyncio.get_running_loop()
    after = (await served.client.get(FEED)).json()["next"]
    query, wait = {"after": after, "border": "KGZ-TJK"}, {"Prefer": "respond-async, wait=20"}
    waiting = asyncio.ensure_future(served.client.get(FEED, params=query, headers=wait))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    written.put(told(1, transition=Transition.RAISED))
    before = loop.time()
    assert sequences(await waiting) == [1]
    assert loop.time() - before < 2
    answer = await served.client.get(FEED, headers={"Prefer": "wait=1"})
    assert sequences(answer) == []
    assert 0.9 < loop.time() - before < 4


async def test_a_time_that_is_none_is_refused(served: Served) -> None:
    for query in ({"since": "yesterday"}, {"since": "1619697600"}, {"limit": "501"}):
        answer = await served.client.get(FEED, params=query)
        assert answer.status_code == 422, query
