"""What the gateway answers: from which moment, to whom, a page at a time, and not twice."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from schemas.assessment import Level
from schemas.incident import IncidentReport
from services.gateway.app import build
from services.gateway.asking import assessments
from services.gateway.asking.kinds import EXPLAINED
from services.gateway.parts import Parts
from services.gateway.problems import KINDS, MEDIA_TYPE
from services.ledger.store import Store
from tests.builders import KOK_TASH, SEGMENT, at, report
from tests.gateway.callers import by_token
from tests.ledger.builders import Tape, alert

SOURCES = ({"name": "Ms A. Witness", "reliability": "B"},)


@pytest.fixture
def tape(parts: Parts) -> Tape:
    """Three incidents, two assessments, three alerts."""
    log = Tape()
    for number in range(3):
        told = report(incident_id=f"I-{number}", start=at(number), sources=SOURCES)
        log.report(told, at(number + 1))
        opened = {"alert_id": f"A-{number}", "opened_at": at(number)}
        log.alert(alert(1, at(number), **opened))
    log.assess(at(1))
    log.assess(at(2), level=Level.CRITICAL)
    log.feed(Store(parts.ledger))
    return log


@asynccontextmanager
async def serving(parts: Parts, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    app = build(lambda: nullcontext(parts))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://gateway", headers=headers
        ) as found:
            yield found


async def every(client: httpx.AsyncClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the items of every page."""
    items, answer = [], await client.get(path, params=asked or None)
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next"] is None:
            assert "link" not in answer.headers
            return items
        assert answer.headers["link"] == f'<{page["next"]}>; rel="next"'
        answer = await client.get(page["next"])


async def test_pages_do_not_shift_while_records_are_written(
    client: httpx.AsyncClient, parts: Parts, tape: Tape
) -> None:
    first = (await client.get("/v1/alerts", params={"limit": 1})).json()
    tape.alert(alert(1, at(9), alert_id="A-9", opened_at=at(9)))
    tape.alert(alert(1, at(-9), alert_id="A-0-9", opened_at=at(-9)))
    tape.feed(Store(parts.ledger))
    rest = await every(client, first["next"])
    names = [item["alert_id"] for item in (*first["items"], *rest)]
    assert names == ["A-2", "A-1", "A-0"]
    assert len(await every(client, "/v1/alerts", limit=2)) == 5


@pytest.mark.usefixtures("tape")
@pytest.mark.parametrize("other", ["/v1/alerts?level=watch&", "/v1/incidents?"])
async def test_a_cursor_of_another_question_is_refused(
    client: httpx.AsyncClient, other: str
) -> None:
    page = (await client.get("/v1/alerts?limit=1")).json()
    cursor = page["next"].partition("cursor=")[2]
    answer = await client.get(f"{other}cursor={cursor}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "cursor" in answer.json()["detail"]
    assert (await client.get(f"/v1/alerts?limit=2&cursor={cursor}")).status_code == 200


@pytest.mark.usefixtures("tape")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/borders",
        "/v1/segments",
        f"/v1/segments/{SEGMENT}?at=2021-04-29T13:00",
        "/v1/incidents",
        "/v1/incidents/I-1",
        f"/v1/segments/{SEGMENT}/assessments",
        f"/v1/segments/{SEGMENT}/assessment",
        "/v1/alerts",
        "/v1/alerts/A-1",
        "/v1/alerts/A-1/deliveries",
        "/v1/silences",
        "/v1/rejections",
        "/v1/model",
        "/v1/schemas/incidents.v1.schema.json",
        "/v1/taxonomy",
    ],
)
async def test_what_the_client_has_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)
    assert first.status_code == 200
    again = await client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_what_has_changed_is_sent(
    client: httpx.AsyncClient, parts: Parts, tape: Tape
) -> None:
    tag = (await client.get("/v1/alerts")).headers["etag"]
    tape.alert(alert(1, at(9), alert_id="A-9", opened_at=at(9)))
    tape.feed(Store(parts.ledger))
    answer = await client.get("/v1/alerts", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


@pytest.mark.usefixtures("tape")
async def test_who_reported_is_told_to_operators_alone(parts: Parts) -> None:
    guarded = replace(parts, identify=by_token)
    told = {}
    for key in ("read-key", "operate-key"):
        async with serving(guarded, authorization=f"Bearer {key}") as client:
            told[key] = [await client.get(path) for path in ("/v1/incidents", "/v1/incidents/I-1")]
            rejections = await client.get("/v1/rejections")
            assert rejections.status_code == (200 if key == "operate-key" else 403)
    for one, other in zip(*told.values(), strict=True):
        assert ("Witness" in one.text, "Witness" in other.text) == (False, True)
        assert one.headers["etag"] != other.headers["etag"]
        assert "Authorization" in one.headers["vary"]
        assert "private" in one.headers["cache-control"]
    async with serving(guarded) as client:
        assert (await client.get("/v1/incidents")).status_code == 401


async def test_sealed_sources_are_told_until_they_are_erased(parts: Parts) -> None:
    log = Tape()
    sealed = parts.sealing.seal(report(sources=SOURCES))
    assert isinstance(sealed, IncidentReport)
    assert "Witness" not in sealed.model_dump_json()
    log.report(sealed, at(1))
    log.feed(Store(parts.ledger))
    async with serving(parts) as client:
        before = [await client.get(path) for path in ("/v1/incidents", "/v1/incidents/I-1")]
        assert all("Witness" in answer.text for answer in before)
        assert parts.sealing.erase("I-1")
        for answer in before:
            same = {"If-None-Match": answer.headers["etag"]}
            again = await client.get(answer.url.path, headers=same)
            assert again.status_code == 200
            assert "Witness" not in again.text


@pytest.mark.usefixtures("tape")
async def test_a_segment_tells_where_it_stands_and_stood(client: httpx.AsyncClient) -> None:
    async def stands(**asked: str) -> tuple[str | None, str | None]:
        answer = await client.get(f"/v1/segments/{SEGMENT}", params=asked)
        told = answer.json()
        assert answer.headers["content-type"] == "application/geo+json"
        assert told["geometry"]["type"] == "MultiLineString"
        return told["properties"]["level"], told["properties"]["alert_id"]

    assert await stands() == ("critical", "A-2")
    assert await stands(as_of="2021-04-29T13:30Z") == ("watch", "A-1")
    assert await stands(as_of="2021-04-29T19:30 06:00") == ("watch", "A-1")
    assert await stands(as_of="0001-01-01") == (None, None)
    border = (await client.get("/v1/borders/KGZ-TJK")).json()["properties"]
    assert (border["level"], border["worst_id"]) == ("critical", SEGMENT)
    assert border["delimitation_status"] == "delimited"


@pytest.mark.usefixtures("tape")
async def test_incidents_as_json_or_as_geojson(client: httpx.AsyncClient) -> None:
    plain = (await client.get("/v1/incidents")).json()
    assert [item["incident_id"] for item in plain["items"]] == ["I-2", "I-1", "I-0"]
    drawn = await client.get("/v1/incidents", headers={"Accept": "application/geo+json"})
    latitude, longitude = KOK_TASH
    assert drawn.json()["features"][0]["geometry"]["coordinates"] == [longitude, latitude]
    assert (await client.get("/v1/incidents", headers={"Accept": "image/png"})).status_code == 406


async def test_an_incident_whose_id_has_a_slash(client: httpx.AsyncClient, ledger: Engine) -> None:
    tape = Tape()
    tape.report(report(incident_id="MISSION/2021/7"))
    tape.feed(Store(ledger))
    for path in ("MISSION%2F2021%2F7", "MISSION/2021/7"):
        answer = await client.get(f"/v1/incidents/{path}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["incident_id"] == "MISSION/2021/7"
    status = await client.get("/v1/incidents/MISSION%2F2021%2F7/status")
    assert "settled" in status.json()


@pytest.mark.usefixtures("tape")
@pytest.mark.parametrize(
    ("polygon", "status", "found"),
    [
        ("POLYGON((70 39, 71 39, 71 41, 70 39))", 200, 3),
        ('{"type":"Polygon","coordinates":[[[70,39],[71,39],[71,41],[70,39]]]}', 200, 3),
        ("POLYGON((70 39, 70.1 39, 70.1 39.1, 70 39))", 200, 0),
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", 400, None),
        ("POINT(70 39)", 400, None),
        ("POLYGON((700 39, 71 39, 71 41, 700 39))", 400, None),
        ("nonsense", 400, None),
        ('{"type":"Polygon","coordinates":[["a"]]}', 400, None),
        (f'{{"type":"Polygon","coordinates":[[[{"9" * 400},1],[2,2],[3,3],[1,1]]]}}', 400, None),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0, 4 0, 4 4, 0 4, 0 0))", 400, None),
    ],
)
async def test_incidents_in_a_polygon(
    client: httpx.AsyncClient, polygon: str, status: int, found: int | None
) -> None:
    answer = await client.get("/v1/incidents", params={"polygon": polygon})
    assert answer.status_code == status, answer.text
    assert len(answer.json().get("items", ())) == (found or 0)


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/v1/alerts?as_of=yesterday", 422, "2021-04-29"),
        ("/v1/alerts?segmnt=X", 422, "segmnt"),
        ("/v1/alerts?limit=501", 422, "500"),
        ("/v1/segments?bbox=1,2,3,1", 400, "south"),
        ("/v1/segments/KGZ-TJK-050-7", 404, SEGMENT),
        ("/v1/problems/not-fund", 404, "not-found"),
        ("/v1/schemas/incident.v1.schema.json", 404, "incidents.v1.schema.json"),
    ],
)
async def test_what_is_wrong_is_told_with_what_to_do(
    client: httpx.AsyncClient, path: str, status: int, named: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert named in answer.json()["detail"]


def test_every_kind_of_problem_is_explained() -> None:
    assert EXPLAINED.keys() == KINDS.keys()


async def test_the_page_of_the_description_fetches_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    # Its own style, by what it is.
    assert "style-src 'sha256-" in policy
    assert "<script" not in answer.text
    assert "src=" not in answer.text.replace("default-src", "")
    for path in (await client.get("/openapi.json")).json()["paths"]:
        assert path in answer.text


@pytest.mark.usefixtures("tape")
async def test_questions_that_take_computing_leave_threads_to_the_others(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()

    def slow(*_asked: object) -> None:
        done.wait(20)

    monkeypatch.setattr(assessments, "believed", slow)
    path = f"/v1/segments/{SEGMENT}/assessment?at=2021-04-29"
    asking = [asyncio.ensure_future(client.get(path)) for _ in range(60)]
    try:
        async with asyncio.timeout(10):
            while sum(one.done() for one in asking) < 52:
                await asyncio.sleep(0.01)
            others = [await client.get(path) for path in ("/v1/alerts", "/v1/version", "/readyz")]
            refused = [one.result() for one in asking if one.done()]
    finally:
        done.set()
        answers = await asyncio.gather(*asking)

    assert [answer.status_code for answer in others] == [200, 200, 200]
    assert {answer.status_code for answer in refused} == {429}
    assert refused[0].headers["retry-after"] == "10"
    assert len([answer for answer in answers if answer.status_code != 429]) == 8
