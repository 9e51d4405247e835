"""Atom by the rules of RFC 4287, and CAP by the schema of OASIS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest
import xmlschema

from models.cap.message import NAMESPACE as CAP
from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from services.gateway.following.atom import NAMESPACE
from tests.builders import at
from tests.gateway.follow.written import Written, told

SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[2] / "channels" / "schema" / "CAP-v1.2.xsd")
A = f"{{{NAMESPACE}}}"
KINDS = ["/v1/alerts.atom", "/v1/alerts.cap"]


def checked(answer: httpx.Response) -> ET.Element:
    """Return the feed once it has been found to keep the rules of RFC 4287."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(answer.content)
    assert root.tag == f"{A}feed"
    for one in (root, *root.iter(f"{A}entry")):
        # Sections 4.1.1 and 4.1.2: exactly one of each.
        for name in ("id", "title", "updated"):
            (found,) = one.findall(f"{A}{name}")
            assert (found.text or "").strip(), name
        assert urlsplit(one.findtext(f"{A}id") or "").scheme == "urn"
        updated = one.findtext(f"{A}updated") or ""
        assert updated.endswith("Z")
        assert datetime.fromisoformat(updated).tzinfo is not None
        rels = [(link.get("rel"), link.get("type")) for link in one.findall(f"{A}link")]
        assert len(rels) == len(set(rels))
        assert all(link.get("href") for link in one.findall(f"{A}link"))
    # Section 4.1.1: an author of the feed, where entries have none.
    assert root.findtext(f"{A}author/{A}name")
    ids = [entry.findtext(f"{A}id") for entry in root.iter(f"{A}entry")]
    assert len(ids) == len(set(ids))
    for entry in root.iter(f"{A}entry"):
        # Section 4.1.2: an entry without content has an alternate link.
        assert link(entry, "alternate")
    assert link(root, "self") == str(answer.request.url)
    return root


def link(element: ET.Element, rel: str) -> str | None:
    return next((e.get("href") for e in element.findall(f"{A}link") if e.get("rel") == rel), None)


def titles(root: ET.Element) -> list[str | None]:
    return [entry.findtext(f"{A}title") for entry in root.iter(f"{A}entry")]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_latest_alerts_come_first_and_lead_to_their_messages(
    client: httpx.AsyncClient, written: Written, kind: str
) -> None:
    written.put(
        told(1, at=at(1), headline="first"),
        told(2, at=at(3), headline="third <&> \x0b"),
        told(1, 3, at(2), headline="second"),
    )
    root = checked(await client.get(kind))
    assert titles(root) == ["third <&> \N{REPLACEMENT CHARACTER}", "second", "first"]
    assert root.findtext(f"{A}updated") == root.findtext(f"{A}entry/{A}updated")
    for entry in root.iter(f"{A}entry"):
        message = await client.get(str(link(entry, "alternate")))
        assert message.status_code == 200
        SCHEMA.validate(message.text)
        assert message.headers["content-type"] == "application/cap+xml"
        assert (entry.find(f"{A}content") is not None) == (kind == "/v1/alerts.atom")


@pytest.mark.parametrize("kind", KINDS)
async def test_what_came_before_is_on_the_next_page(
    client: httpx.AsyncClient, written: Written, kind: str
) -> None:
    written.put(*(told(n, at=at(n // 3), headline=f"h{n}") for n in range(1, 251)))
    found, where, ids = [], f"{kind}?border=KGZ-TJK", set()
    while where:
        root = checked(await client.get(where))
        found += titles(root)
        ids.add(root.findtext(f"{A}id"))
        where = link(root, "next") or ""
    assert sorted(found, key=str) == sorted((f"h{n}" for n in range(1, 251)), key=str)
    assert len(ids) == 1, "all pages are of one feed"


@pytest.mark.parametrize("kind", KINDS)
async def test_filters_make_another_feed(
    client: httpx.AsyncClient, written: Written, kind: str
) -> None:
    written.put(
        told(1, 1, headline="watch"),
        told(1, 2, headline="critical", level=Level.CRITICAL),
        told(1, 3, headline="not real", traffic=Traffic.EXERCISE),
    )
    severe = checked(await client.get(f"{kind}?level=warning"))
    assert titles(severe) == ["critical"]
    exercise = checked(await client.get(f"{kind}?traffic=exercise"))
    assert titles(exercise) == ["EXERCISE: not real"]
    everything = checked(await client.get(kind))
    assert set(titles(everything)) == {"watch", "critical"}
    assert len({root.findtext(f"{A}id") for root in (severe, exercise, everything)}) == 3
    assert titles(checked(await client.get(f"{kind}?segment=KGZ-TJK"))) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_feed_that_is_known_is_not_sent_again(
    client: httpx.AsyncClient, written: Written, kind: str
) -> None:
    written.put(told(1, at=at(1)))
    first = await client.get(kind)
    assert first.headers["last-modified"] == f"{at(1).astimezone(UTC):%a, %d %b %Y %H:%M:%S} GMT"
    for name, header in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        known = await client.get(kind, headers={name: first.headers[header]})
        assert (known.status_code, known.content) == (304, b"")
    written.put(told(2, at=at(2)))
    for name, header in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        assert (await client.get(kind, headers={name: first.headers[header]})).status_code == 200
    for odd in ("yesterday", "Wed, 28 Apr 2021 13:00:00 +99999999999999999"):
        answer = await client.get(kind, headers={"If-Modified-Since": odd})
        assert answer.status_code == 200


async def test_messages_refer_to_those_before_and_are_marked_as_what_they_are(
    client: httpx.AsyncClient, written: Written
) -> None:
    end: dict[str, Any] = {
        "transition": Transition.RESOLVED,
        "level": Level.NORMAL,
        "traffic": Traffic.EXERCISE,
    }
    written.put(told(1, traffic=Traffic.EXERCISE), told(2, at=at(1), **end))
    answer = await client.get(f"/v1/alerts/{told(1).alert_id}/2.cap")
    SCHEMA.validate(answer.text)
    root = ET.fromstring(answer.content)
    text = {name: root.findtext(f"{{{CAP}}}{name}") for name in ("status", "msgType", "references")}
    assert (text["status"], text["msgType"]) == ("Exercise", "Cancel")
    assert (text["references"] or "").split(",")[1] == f"{told(1).alert_id}:1"
    tag = {"If-None-Match": answer.headers["etag"]}
    known = await client.get(f"/v1/alerts/{told(1).alert_id}/2.cap", headers=tag)
    assert known.status_code == 304


@pytest.mark.parametrize("path", ["nobody/1.cap", "KGZ-TJK-050-02:A/3.cap"])
async def test_a_message_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, written: Written, path: str
) -> None:
    written.put(told(1), told(2))
    answer = await client.get(f"/v1/alerts/{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/v1/problems/not-found"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/alerts.atom?before=x", 422),
        ("/v1/alerts.cap?border=XXX-YYY", 400),
        ("/v1/alerts/a%00b/1.cap", 422),
        ("/v1/alerts/a/0.cap", 422),
        ("/v1/alerts/a/99999999999999999999.cap", 422),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    assert (await client.get(path)).status_code == status


async def test_a_place_among_the_latest_may_lie_beyond_time(client: httpx.AsyncClient) -> None:
    for micros in ("9" * 18, "-" + "9" * 18):
        answer = await client.get(f"/v1/alerts.atom?before={micros}.0.0")
        assert answer.status_code == 200
