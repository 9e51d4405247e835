"""The notifier is killed at random moments: nothing is missing, repeats have equal ids."""

import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import URL

from schemas.alert import Alert
from services.local.process import child
from services.running import TERMINATED
from tests.notifier.builders import alert, ended
from tests.notifier.recording import Published, write

KILLS = int(os.environ.get("FOREWARN_TEST_KILLS", "5"))
EPISODES = 6
"""How many alerts are written between two kills, each on a border of its own."""

CONFIG = """
heartbeat_every = "0 seconds"
[receivers.duty]
channels = [{{kind = "one", url = "{url}"}}, {{kind = "two", url = "{url}"}}]
[[routes]]
receiver = "duty"
group_by = ["border_id", "segment_id"]
group_wait = "0 seconds"
group_interval = "1 second"
repeat_interval = "never"
"""


class Receiver:
    """Records what is posted; answers slowly now and then, and what is new with a fault."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self._chance = random.Random(7)

    async def take(self, request: web.Request) -> web.Response:
        """Record a request."""
        told = await request.json()
        # Twice in a row would put it off for minutes.
        is_new = all(one["id"] != told["id"] for one in self.got)
        self.got.append(told)
        await asyncio.sleep(self._chance.choice([0, 0, 0.01, 0.05]))
        return web.Response(status=self._chance.choice([200] * 9 + [503]) if is_new else 200)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Serve on a free port, and yield the address."""
        app = web.Application()
        app.router.add_post("/", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


def episodes(number: int) -> list[Alert]:
    """Return the transitions of some alerts, each raised, told of once more, and over."""
    found = []
    for one in range(EPISODES):
        name: dict[str, Any] = {"alert_id": f"A-{number}-{one}", "segment_id": f"S-{number}-{one}"}
        found += [alert(1, **name), alert(2, **name), ended(3, **name)]
    return found


async def test_a_killed_notifier_loses_nothing_and_repeats_only_under_the_same_id(
    where: URL, tmp_path: Path
) -> None:
    receiver, written, chance = Receiver(), [], random.Random(3)
    tape, published = tmp_path / "tape", Published(tmp_path / "published")
    tape.touch()
    url = where.render_as_string(hide_password=False)
    command = (sys.executable, "-m", "tests.notifier.process", str(tmp_path), url)
    async with receiver.served() as address:
        (tmp_path / "notifier.toml").write_text(CONFIG.format(url=address))
        # Once there is a place in the log, what comes is news.
        async with child(command, tmp_path / "log"):
            await until(lambda: (tmp_path / "log").exists() and _ready(where), tmp_path)
        for number in range(KILLS):
            write(tape, *episodes(number))
            written += episodes(number)
            async with child(command, tmp_path / "log") as process:
                seen = len(receiver.got)
                await until(lambda seen=seen: len(receiver.got) > seen, tmp_path)
                await asyncio.sleep(chance.uniform(0, 0.4))
                process.kill()
                await process.wait()
        wanted = {(one.alert_id, one.sequence) for one in written}
        async with child(command, tmp_path / "log") as process:
            await until(lambda: delivered(published) == wanted, tmp_path, 60)
            process.terminate()
            async with asyncio.timeout(10):
                assert await process.wait() == TERMINATED
    told: dict[str, list[Any]] = defaultdict(list)
    for one in receiver.got:
        told[one["id"]].append(one["alerts"])
    ends = {(a, s) for one in receiver.got for a, s in one["alerts"]}
    assert {ref for ref in wanted if ref[1] == 3} <= ends
    for contents in told.values():
        assert all(content == contents[0] for content in contents)
    shown = [tuple(ref) for contents in told.values() for ref in contents[0]]
    assert len(shown) == len(set(shown)), "a transition was told under two ids"
    # Two channels, and a second attempt of what was answered with a fault or not yet noted.
    again = len(receiver.got) - 2 * len(told)
    print(
        f"{KILLS} kills: {len(wanted)} transitions, none missing; {len(told)} notifications on two"
    )
    print(f"channels, posted {len(receiver.got)} times: {again} again, all under the same id")


def delivered(published: Published) -> set[tuple[str, int]]:
    """Return the transitions that both channels have, by what was published of it."""
    by_channel: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for one in published.of("deliveries"):
        if one["outcome"] == "delivered":
            by_channel[one["channel"]] |= {(a["alert_id"], a["sequence"]) for a in one["alerts"]}
    return by_channel["one"] & by_channel["two"]


def _ready(where: URL) -> bool:
    """Tell whether the notifier has noted its place."""
    from sqlalchemy import create_engine, select
    from sqlalchemy.exc import DBAPIError

    from services.notifier.tables import places

    engine = create_engine(where)
    try:
        with engine.connect() as connection:
            return bool(connection.execute(select(places)).all())
    except DBAPIError:
        return False
    finally:
        engine.dispose()


async def until(true: Any, folder: Path, within: float = 30.0) -> None:
    """Wait until ``true``; the log says why it never is."""
    try:
        async with asyncio.timeout(within):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError((folder / "log").read_text()[-3000:]) from None
