"""The examples that people copy, run as they stand: on a real broker, beside the real services."""

import asyncio
import json
import os
import re
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from schemas.alert import Transition
from schemas.topics import ALERTS, INCIDENTS, REJECTED
from schemas.versions import decode
from services import clients, topics
from services.ledger import database
from services.local.process import child
from services.local.stack import stack
from services.log import reader
from services.ports import free_port
from services.settings import Notifier, Settings, Worker
from tests.channels.canary import KEY
from tests.integration.test_ledger import ended, ledger

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SECRET = f"whsec_{KEY}"
WITHIN_S = 120.0
"""How long a program may take until it has done something [s]."""

CONFIG = """
heartbeat_every = "0 seconds"
[receivers.duty]
channels = [{{kind = "webhook", url = "{url}", allow_private = true, secrets = ["{secret}"]}}]
[[routes]]
receiver = "duty"
group_wait = "0 seconds"
group_interval = "1 second"
"""


class Program:
    """An example that runs, and what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    async def says(self, enough: Callable[[list[str]], bool]) -> list[str]:
        """Return its lines once they are enough."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not enough(self.lines):
                    assert self.process.returncode is None, self.lines
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"it printed no more than {self.lines}")
        return self.lines


@asynccontextmanager
async def running(folder: Path, name: str, **env: str) -> AsyncIterator[Program]:
    """Run an example for as long as the context lasts."""
    log = folder / f"{name}-{uuid4()}.log"
    command = [sys.executable, "-u", str(EXAMPLES / name)]
    async with child(command, log, os.environ | env) as process:
        yield Program(process, log)


async def run(name: str, **env: str) -> str:
    """Run an example to its end; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / name)),
        env=os.environ | env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert process.returncode == 0, said.decode()
    return said.decode()


async def publish(settings: Settings) -> str:
    return await run("publish.py", **told_of(settings, INCIDENTS.name))


def told_of(settings: Settings, topic: str) -> dict[str, str]:
    """Return what an example is told of a topic."""
    name = settings.kafka.topic_prefix + topic
    return {"KAFKA": str(settings.kafka.bootstrap_servers), "TOPIC": name}


async def records(settings: Settings, topic: str) -> list[bytes]:
    async with reader(settings.kafka) as log:
        name = settings.kafka.topic_prefix + topic
        batches = [batch async for batch in log.read(name, await log.ends(name))]
    return [record.value or b"" for batch in batches for record in batch]


async def test_what_is_published_is_alerted_corrected_and_told_to_the_consumer_and_the_receiver(
    settings: Settings, tmp_path: Path
) -> None:
    config, port = tmp_path / "notifier.toml", free_port()
    config.write_text(CONFIG.format(url=f"http://127.0.0.1:{port}/", secret=SECRET))
    settings = settings.model_copy(
        update={
            "worker": Worker(group=settings.worker.group),
            "notifier": Notifier(config=config),
        }
    )
    received = {"SECRET": SECRET, "PORT": str(port), "STATE": str(tmp_path / "received.sqlite")}
    follows = told_of(settings, ALERTS.name) | {"STATE": str(tmp_path / "alerts.sqlite")}
    async with (
        running(tmp_path, "receive.py", **received) as receiver,
        stack(settings, None, print, notifier=True),
        running(tmp_path, "consume.py", **follows) as consumer,
    ):
        said = await publish(settings)
        assert len(re.findall(r"^delivered at \S+incidents, \d, \d+$", said, re.M)) == 3, said
        printed = await consumer.says(lambda lines: any("resolved" in line for line in lines))
        posted = await receiver.says(lambda lines: any("resolved:" in line for line in lines))
    alerts = [decode(ALERTS, value).data for value in await records(settings, ALERTS.name)]
    assert {a.transition for a in alerts} >= {Transition.RAISED, Transition.RESOLVED}
    assert len(printed) == len({(a.alert_id, a.sequence) for a in alerts})
    assert all(f"{a.transition.value} (" in "\n".join(printed) for a in alerts)
    assert posted[0].startswith("listening at")
    # What follows within a moment is told at once: the last transition of each alert.
    assert posted[-1].startswith("resolved: ")
    assert not [line for line in posted if line.startswith("refused")]
    # All three revisions are readable: none was rejected, in neither mode.
    assert await records(settings, REJECTED.name) == []
    assert [a.traffic.value for a in alerts] == ["actual"] * len(alerts)


async def test_a_publisher_whose_broker_is_away_says_so_and_fails() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / "publish.py")),
        env=os.environ | {"KAFKA": f"127.0.0.1:{free_port()}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 90)
    assert (process.returncode, out) == (1, b"")
    assert b"3 not delivered" in err


async def test_a_consumer_that_is_killed_goes_on_and_repeats_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    await topics.ensure(settings.kafka)
    follows = told_of(settings, ALERTS.name) | {"STATE": str(tmp_path / "alerts.sqlite")}
    example = Path("schemas/examples/alerts/v1/valid")
    found = [path.read_bytes() for path in sorted((EXAMPLES.parents[1] / example).glob("*.json"))]
    values = list({json.loads(value)["id"]: value for value in found}.values())
    first, rest = values[:2], values[2:]
    name = topics.name(ALERTS, settings.kafka)
    async with clients.producer(settings.kafka) as producer:

        async def write(*given: bytes) -> None:
            for value in given:
                await producer.send_and_wait(name, value, key=value[:8])

        await write(*first)
        async with running(tmp_path, "consume.py", **follows) as consumer:
            before = await consumer.says(lambda lines: len(lines) == len(first))
            consumer.process.kill()
            await consumer.process.wait()
        # What a worker publishes again after a crash stands on any later offset.
        await write(*first, *rest, *first)
        async with running(tmp_path, "consume.py", **follows) as consumer:
            after = await consumer.says(lambda lines: len(lines) >= len(rest))
            await asyncio.sleep(2)
            assert consumer.lines == after
    assert rest
    assert len(before + after) == len(set(before + after)) == len(values)


def body(number: int) -> bytes:
    example = sorted((EXAMPLES.parents[1] / "schemas/examples/alerts/v1/valid").glob("*.json"))[0]
    alert = decode(ALERTS, example.read_bytes()).data
    told = alert.model_copy(update={"headline": f"alert {number}"}).model_dump_json()
    start = '{"type":"forewarn.notification.v1","timestamp":"2021-04-29T12:00:00Z","data":'
    rest = f'{{"receiver":"duty","traffic":"exercise","group":{{}},"alerts":[{told}]}}}}'
    return (start + rest).encode()


def signed(content: bytes, name: str, at: datetime, secret: str = SECRET) -> dict[str, str]:
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, content.decode()),
    }


async def posted(client: httpx.AsyncClient, content: bytes, headers: dict[str, str]) -> int:
    return (await client.post("/", content=content, headers=headers)).status_code


async def too_long(port: int) -> bytes:
    """Return what is answered to who announces more than is taken."""
    reading, writing = await asyncio.open_connection("127.0.0.1", port)
    writing.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n")
    answer = await reading.readline()
    writing.close()
    return answer


async def test_a_receiver_takes_what_is_signed_once_and_refuses_the_rest(tmp_path: Path) -> None:
    state = {"SECRET": SECRET, "PORT": "0", "STATE": str(tmp_path / "received.sqlite")}
    now, other = datetime.now(UTC), f"whsec_{b64encode(bytes(32)).decode()}"
    one, two = body(1), body(2)
    for again in (False, True):
        async with running(tmp_path, "receive.py", **state) as receiver:
            (line,) = await receiver.says(bool)
            url = f"http://127.0.0.1:{line.split()[-1]}/"
            async with httpx.AsyncClient(base_url=url) as client:
                post = partial(posted, client)
                assert await post(one, signed(one, "ntf_1", now)) == 204
                # An attempt whose answer was lost; also after a restart.
                assert await post(one, signed(one, "ntf_1", now)) == 204
                if again:
                    assert await post(two, signed(two, "ntf_2", now)) == 204
                assert await post(two, signed(one, "ntf_3", now)) == 401
                assert await post(two, signed(two, "ntf_4", now, other)) == 401
                old = now - timedelta(minutes=6)
                assert await post(two, signed(two, "ntf_5", old)) == 401
                assert await post(two, signed(two, "ntf_6", now + timedelta(minutes=6))) == 401
                assert await post(two, {}) == 401
                assert await post(two, signed(two, "ntf_7", now) | {"webhook-id": "x"}) == 401
            assert b" 413 " in await too_long(int(line.split()[-1]))
            told = [line for line in receiver.lines if "alert " in line]
            assert len(told) == 1, receiver.lines
            assert told[0].startswith("[EXERCISE] ")
            assert told[0].endswith("alert 2" if again else "alert 1")
            assert sum(line.startswith("refused: ") for line in receiver.lines) == 6


async def test_the_analysis_reads_the_ledger_that_the_services_filled(
    settings: Settings, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"worker": Worker(group=settings.worker.group)})
    follows = told_of(settings, ALERTS.name) | {"STATE": str(tmp_path / "alerts.sqlite")}
    async with stack(settings, None, print), running(tmp_path, "consume.py", **follows) as consumer:
        await publish(settings)
        await consumer.says(lambda lines: any("resolved" in line for line in lines))
    await ended(await ledger(settings, "run", "--until-caught-up"))
    where = database.url(settings).render_as_string(hide_password=False)
    said = await run("analyse.py", LEDGER=where)
    # It was alerted, and then taken back: an alert after which, as is known now, nobody died.
    week = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400 * time.gmtime().tm_wday))
    assert re.search(rf"^{week} +1$", said, re.M), said
    assert re.search(r"^ +1 +1$", said, re.M), said
    assert "Empty DataFrame" in said
