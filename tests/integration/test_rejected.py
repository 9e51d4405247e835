"""Dead letters on a real broker, by the command itself: listed, shown, replayed once."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from models.domain.intake import Refusal
from schemas.base import RecordRef
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from services import topics
from services.cli import app
from services.dead_letters import rejection
from services.faults import Fault
from services.local.environment import environment
from services.local.stack import stack
from services.records import Delivery, milliseconds
from services.rejected.lineage import HEADER
from services.rejected.log import to_end
from services.settings import Settings
from tests.builders import NOON, at, raw, report
from tests.integration.conftest import Start
from tests.integration.test_main_job import publish, read_back

pytestmark = pytest.mark.asyncio(loop_scope="session")

OSH = (40.35, 72.6)
"""On the Kyrgyz-Uzbek border, far from the Kyrgyz-Tajik one."""


async def rejected(settings: Settings, *arguments: str, code: int = 0) -> bytes:
    """Run ``forewarn rejected`` in this process; return its standard output."""
    env = environment(settings) | {"COLUMNS": "200"}
    done = await asyncio.to_thread(CliRunner().invoke, app, ["rejected", *arguments], env=env)
    # What the command line tells in one line, with exit code 2, is raised here.
    if code == 2:
        assert isinstance(done.exception, Fault)
    else:
        assert done.exit_code == code, (done.output, done.exception)
    return done.stdout_bytes


async def listed(settings: Settings, *arguments: str) -> list[dict[str, Any]]:
    out = await rejected(settings, "list", "--json", *arguments)
    return [orjson.loads(line) for line in out.splitlines()]


async def incidents(settings: Settings) -> list[Delivery]:
    return [record async for record in to_end(settings.kafka, INCIDENTS)]


async def write(settings: Settings, *rejections: Delivery) -> None:
    """Stand in for a worker that rejects these records."""
    await topics.ensure(settings.kafka)
    producer = AIOKafkaProducer(**settings.kafka.client_options())
    await producer.start()
    for delivery in rejections:
        out = rejection(delivery, Refusal(RejectReason.INVALID, "x"))
        await producer.send_and_wait(
            topics.name(REJECTED, settings.kafka),
            key=out.key,
            value=out.value,
            partition=0,
            timestamp_ms=milliseconds(out.at),
        )
    await producer.stop()


def bad(offset: int, topic: str = "incidents", when: datetime = NOON) -> Delivery:
    ref = RecordRef(topic=topic, partition=1, offset=offset)
    return Delivery(ref, b"I-1", b"bad %d" % offset, (("origin", b"x"),), when)


async def test_a_bad_record_is_listed_shown_and_replayed_once_and_its_replay_in_its_turn(
    settings: Settings, start: Start
) -> None:
    async with start():
        ((partition, offset),) = await publish(settings, [(b"I-1", b"no \xff json")])
        await read_back(settings, REJECTED, 1)
        (one,) = await listed(settings)
        source = f"incidents:{partition}:{offset}"
        assert (one["reason"], one["source"], one["replayed_as"]) == ("not-json", source, None)
        shown = (await rejected(settings, "show", one["rejected"])).decode()
        assert source in shown
        assert "6e 6f 20 ff" in shown
        assert await rejected(settings, "show", one["rejected"], "--raw") == b"no \xff json"

        assert b"1 to be replayed" in await rejected(settings, "replay", "--dry-run")
        assert len(await incidents(settings)) == 1
        before = datetime.now(UTC).replace(microsecond=0)
        assert b"1 written" in await rejected(settings, "replay")
        original, copy = await incidents(settings)
        assert (copy.key, copy.value) == (original.key, original.value)
        assert copy.headers == (*original.headers, (HEADER, source.encode()))
        assert copy.at >= before
        await read_back(settings, REJECTED, 2)
        first, second = await listed(settings)
        assert first["replayed_as"] == second["source"]
        assert second["replay_of"] == [source]

        again = await rejected(settings, "replay", first["rejected"])
        assert again.startswith(b"1 replayed before")
        assert len(await incidents(settings)) == 2
        # The replay was rejected too: after a further fix it can be replayed in its turn.
        await rejected(settings, "replay")
        third = (await incidents(settings))[-1]
        assert dict(third.headers)[HEADER].decode() == f"{source},{second['source']}"
        await read_back(settings, REJECTED, 3)


async def test_a_report_that_was_too_far_is_counted_once_its_border_is_watched(
    settings: Settings, start: Start
) -> None:
    today = datetime.now(UTC)
    far = raw(report(start=today, where=OSH))
    async with start():
        await publish(settings, [(b"I-1", far)])
        await read_back(settings, REJECTED, 1)
    assert b"1 more set aside" in await rejected(settings, "list")
    assert b"nothing" in await rejected(settings, "replay", code=1)
    wider = settings.model_copy(update={"borders": ("KGZ-TJK", "KGZ-UZB")})
    async with stack(wider, None, print):
        assert b"1 written" in await rejected(settings, "replay", "--reason", "too-far")
        (observation,) = await read_back(settings, OBSERVATIONS, 1)
    assert observation.value.segment_id.startswith("KGZ-UZB")


async def test_a_replay_keeps_to_its_bounds_and_to_reports(settings: Settings) -> None:
    await write(
        settings,
        *(bad(0), bad(1), bad(1), bad(2, when=at(hours=1)), bad(3, "observations"), bad(4)),
    )
    said = await rejected(settings, "replay", "--until", "2")
    assert b"1 the same source record" in said
    assert [r.value for r in await incidents(settings)] == [b"bad 0", b"bad 1"]
    said = await rejected(settings, "replay", "--until", "2021-04-29T12:30Z")
    assert b"1 derived" in said
    assert b"3 replayed before" in said
    assert [r.value for r in await incidents(settings)] == [b"bad 0", b"bad 1", b"bad 4"]


async def test_what_is_not_there_is_said_and_nothing_is_written(settings: Settings) -> None:
    await write(settings, bad(0))
    for arguments in (["show", "0:1"], ["show", "9:0"], ["replay", "0:0", "0:7"]):
        await rejected(settings, *arguments, code=2)
    assert await incidents(settings) == []
    nowhere = settings.kafka.model_copy(update={"topic_prefix": "none."})
    await rejected(settings.model_copy(update={"kafka": nowhere}), "list", code=2)


async def test_the_command_itself_says_in_one_line_what_is_wrong(settings: Settings) -> None:
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "rejected", "show", "first"),
        env=os.environ | environment(settings) | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(command.communicate(), 30)
    assert (command.returncode, out) == (2, b"")
    assert err.startswith(b"error: place: 'first'; expected PARTITION:OFFSET")
    assert len(err.splitlines()) == 1
