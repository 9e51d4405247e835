"""CAP messages on their way: posted, written to a folder, and referring to what went out."""

import os
import stat
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from schemas.alert import Transition
from services.borders import load_segments
from services.notifier.channels.config import read
from services.notifier.channels.factory import build
from services.notifier.notification import Channel, Delivered, TryAgain
from tests.channels.builders import alert, escalated, notification, resolved
from tests.channels.receiver import Receiver
from tests.channels.test_cap import SCHEMA, text

SEGMENTS = {s.segment_id: s for s in load_segments(["KGZ-TJK"], 50)}


def channel(**fields: Any) -> Channel:
    given = {"kind": "cap", "sender": "duty@example.org"} | fields
    return build(read(given), SEGMENTS)


def posting(receiver: Receiver) -> dict[str, Any]:
    return {"post": {"url": receiver.url, "allow_private": True}}


def kinds(bodies: list[bytes]) -> list[tuple[str | None, int]]:
    """Return the type of each message, and to how many others it refers."""
    roots = [ET.fromstring(body) for body in bodies]
    for body in bodies:
        SCHEMA.validate(body.decode())
    return [(text(r, "msgType"), len((text(r, "references") or "").split())) for r in roots]


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.xml"))]


async def test_each_transition_is_posted_and_refers_to_those_before(receiver: Receiver) -> None:
    sender = channel(**posting(receiver))
    for told in (alert(), escalated(), resolved()):
        assert await sender.send(notification(told)) == Delivered()
    await sender.close()
    assert kinds([got.body for got in receiver.got]) == [("Alert", 0), ("Update", 1), ("Cancel", 2)]
    assert {got.headers["Content-Type"] for got in receiver.got} == {"application/cap+xml"}


async def test_alerts_of_a_group_are_messages_of_their_own(receiver: Receiver) -> None:
    sender = channel(**posting(receiver))
    await sender.send(notification(alert(), alert(alert_id="A-2")))
    await sender.close()
    assert kinds([got.body for got in receiver.got]) == [("Alert", 0), ("Alert", 0)]


async def test_of_a_group_only_what_failed_is_sent_again(receiver: Receiver) -> None:
    sender = channel(**posting(receiver))
    told = notification(alert(), alert(alert_id="A-2"))
    await sender.send(notification(alert()))
    receiver.status = 503
    assert isinstance(await sender.send(told), TryAgain)
    receiver.status = 200
    assert await sender.send(told) == Delivered()
    await sender.close()
    identifiers = [text(ET.fromstring(got.body), "identifier") for got in receiver.got]
    assert identifiers == [f"{alert().alert_id}:1", "A-2:1", "A-2:1"]


@pytest.mark.parametrize(("status", "posted"), [(422, 2), (503, 1)])
async def test_a_message_that_is_refused_for_what_it_says_keeps_back_no_other(
    receiver: Receiver, status: int, posted: int
) -> None:
    sender = channel(**posting(receiver))
    receiver.status = status
    outcome = await sender.send(notification(alert(), alert(alert_id="A-2")))
    await sender.close()
    assert isinstance(outcome, TryAgain)
    assert len(receiver.got) == posted, "a server that is away is asked once"


async def test_after_a_restart_an_alert_refers_to_its_first_message_at_least(
    receiver: Receiver,
) -> None:
    sender = channel(**posting(receiver))
    await sender.send(notification(escalated(sequence=4)))
    await sender.close()
    assert kinds([receiver.got[0].body]) == [("Update", 1)]


async def test_a_folder_remembers_over_restarts(receiver: Receiver, tmp_path: Path) -> None:
    for told in (alert(), escalated(), resolved(sequence=11)):
        sender = channel(folder=tmp_path / "cap", **posting(receiver))
        assert await sender.send(notification(told)) == Delivered()
        assert await sender.send(notification(told)) == Delivered()
        await sender.close()
    posted = [got.body for got in receiver.got]
    assert kinds(posted) == [("Alert", 0), ("Update", 1), ("Cancel", 2)]
    assert sorted(files(tmp_path / "cap")) == sorted(posted)


async def test_what_was_not_taken_is_not_in_the_folder(receiver: Receiver, tmp_path: Path) -> None:
    sender = channel(folder=tmp_path, **posting(receiver))
    receiver.status = 500
    assert isinstance(await sender.send(notification()), TryAgain)
    await sender.close()
    assert files(tmp_path) == []


async def test_the_first_message_that_a_folder_gets_is_an_alert_whatever_came_before(
    tmp_path: Path,
) -> None:
    sender = channel(folder=tmp_path)
    await sender.send(notification(escalated()))
    corrected = resolved(sequence=5, transition=Transition.CORRECTED)
    await sender.send(notification(corrected))
    assert kinds(files(tmp_path)) == [("Alert", 0), ("Cancel", 1)]


async def test_a_message_appears_in_the_folder_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    replace = Path.replace

    def watched(part: Path, target: Path) -> Path:
        seen.append([p.name for p in tmp_path.glob("*.xml")])
        assert part.parent == target.parent
        SCHEMA.validate(part.read_text())
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", watched)
    sender = channel(folder=tmp_path)
    assert await sender.send(notification()) == Delivered()
    assert seen == [[]]
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


async def test_a_write_that_fails_leaves_nothing_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    sender = channel(folder=tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        outcome = await sender.send(notification())
    assert outcome == TryAgain("the folder cannot be written to (OSError)")
    assert list(tmp_path.iterdir()) == []
    assert await sender.send(notification()) == Delivered()


async def test_a_folder_that_is_no_folder_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sender = channel(folder=tmp_path / "file")
    assert isinstance(await sender.send(notification()), TryAgain)


async def test_foreign_files_in_the_folder_are_let_alone(tmp_path: Path) -> None:
    sender = channel(folder=tmp_path)
    await sender.send(notification())
    name = next(tmp_path.iterdir()).name
    (tmp_path / name.replace(".1.xml", ".0.xml")).write_text("no XML")
    (tmp_path / name.replace(".1.xml", ".x.1.xml")).write_text("of another alert")
    assert await sender.send(notification(escalated())) == Delivered()
    written = (tmp_path / name.replace(".1.xml", ".2.xml")).read_bytes()
    assert kinds([written]) == [("Update", 1)]


@pytest.mark.parametrize("name", ["a/../../out", "../../out", "/etc/out", "..", "~/out"])
async def test_no_id_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cap"
    folder.mkdir(parents=True)
    # The contract refuses most of these already.
    told = alert().model_copy(update={"alert_id": name})
    assert await channel(folder=folder).send(notification(told)) == Delivered()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent for path in written] == [folder]


BOMB = "".join(
    f'<!ENTITY {b} "{f"&{a};" * 50}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)
)

HOSTILE = {
    "entities without end": f"<!DOCTYPE x [<!ENTITY a '{'a' * 999}'>{BOMB}]><x>&h;</x>",
    "a file of this machine": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "an address": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    "an encoding that is none": '<?xml version="1.0" encoding="none"?><x/>',
    "nesting without end": "<x>" * 100_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_xml_in_the_folder_is_let_alone(content: str, tmp_path: Path) -> None:
    sender = channel(folder=tmp_path)
    await sender.send(notification())
    name = next(tmp_path.iterdir()).name
    (tmp_path / name.replace(".1.xml", ".0.xml")).write_text(content)
    began = time.monotonic()
    assert await sender.send(notification(escalated())) == Delivered()
    assert time.monotonic() - began < 5
    written = (tmp_path / name.replace(".1.xml", ".2.xml")).read_bytes()
    assert kinds([written]) == [("Update", 1)]
    assert b"root:" not in written
