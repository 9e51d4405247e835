"""A stack that runs the case, as Prometheus sees it: panels, rules, a worker that stops."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from models.escalation.drift import CHANCE
from schemas.topics import INCIDENTS
from services import clients, topics
from services.composition import engine
from services.local.environment import PORTS
from services.local.running import Running
from services.local.stack import stack
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.kafka_log import KafkaLog
from services.settings import Gateway, Metrics, Notifier, Settings, Worker
from tests.channels.alertmanager import alertmanaging
from tests.channels.canary import KEY
from tests.channels.receiver import Receiver, receiving
from tests.deploy.test_dashboards import NAMES
from tests.deploy.test_dashboards import read as dashboard
from tests.deploy.test_rules import ALERTS, RECORDED
from tests.integration.gateway import NDJSON, line
from tests.integration.prometheus import Prometheus, prometheus
from tests.ports import lasting_ports

pytestmark = pytest.mark.asyncio(loop_scope="session")

FASTER = int(os.environ.get("FOREWARN_TEST_FASTER", "20"))
"""By how much sooner than deployed rules fire; 1 takes the time that it takes."""

FEW = 20
"""How many reports are published before, and a hundredth of how many after series are counted."""

STOPPED_S = 120 / FASTER

CONFIG = """
heartbeat_every = "4 seconds"
heartbeat_patience = "3 seconds"
[receivers.duty]
traffic = ["actual", "heartbeat"]
[[receivers.duty.channels]]
kind = "webhook"
url = "{url}"
secrets = ["whsec_{key}"]
allow_private = true
[[routes]]
receiver = "duty"
group_wait = "0 seconds"
group_interval = "1 second"
repeat_interval = "never"
"""


@asynccontextmanager
async def observed(
    settings: Settings, gateway: Gateway | None = None, **worker: Any
) -> AsyncIterator[tuple[Running, Receiver]]:
    """Run a stack with every process, which is told where to serve metrics."""
    async with receiving() as duty:
        config = settings.data_dir / "notifier.toml"
        config.write_text(CONFIG.format(url=duty.url, key=KEY))
        changed = {
            "notifier": Notifier(config=config),
            "metrics": Metrics(port=lasting_ports(len(PORTS))),
            "gateway": gateway or Gateway(port=0),
            "worker": Worker(group=settings.worker.group, **worker),
        }
        settings = settings.model_copy(update=changed)
        async with stack(
            settings, None, print, ledger=True, notifier=True, gateway=True
        ) as running:
            yield running, duty


async def the_case(running: Running, duty: Receiver) -> None:
    """Replay the case, with a receiver that fails at first and with reports that are refused."""
    settings = running.settings
    duty.status = 503
    path = case()
    async with KafkaLog(engine(settings), settings.kafka) as log:
        await drive(events(path, read(path)), log)
    async with clients.producer(settings.kafka) as producer:
        await producer.send_and_wait(topics.name(INCIDENTS, settings.kafka), b"?", key=b"I-1")
    duty.status = 204
    async with aiohttp.ClientSession(running.address) as session:
        for path_asked in ("/v1/segments", "/v1/segments", "/v1/nothing"):
            await (await session.get(path_asked)).read()


async def published(running: Running, seen: Prometheus, count: int) -> dict[str, int]:
    """Publish reports through the gateway; return how many series each process then has."""
    query = 'sum(forewarn_ledger_records_total{topic="incidents"})'
    before = float((await seen.until(query))[0]["value"][1])
    lines = b"".join(line(number) for number in range(count))
    async with (
        aiohttp.ClientSession(running.address) as session,
        session.post("/v1/incidents:batch", data=lines, headers=NDJSON) as answer,
    ):
        assert answer.status == 200
        told_of = (await answer.read()).count(b'"accepted"')
        assert told_of > 0
    await seen.until(f"{query} >= {before + told_of}", within=120)
    await asyncio.sleep(2)
    found = await seen.ask('count by (process) ({job="forewarn"})')
    return {one["metric"]["process"]: int(one["value"][1]) for one in found}


async def told(running: Running) -> dict[str, str]:
    """Return what each process tells."""
    first = running.settings.metrics.port
    assert first is not None
    found = {}
    async with aiohttp.ClientSession() as session:
        for number, process in enumerate(PORTS):
            async with session.get(f"http://127.0.0.1:{first + number}/metrics") as answer:
                found[process] = await answer.text()
            async with session.get(f"http://127.0.0.1:{first + number}/readyz") as answer:
                assert (answer.status, await answer.text()) == (200, "ready\n"), process
    return found


def queries() -> list[tuple[str, str]]:
    return [
        (f"{name}: {panel['title']}", target["expr"].replace("$__rate_interval", "2m"))
        for name in NAMES
        for panel in dashboard(name)["panels"]
        for target in panel["targets"]
    ]


async def test_every_panel_has_data_and_every_rule_is_loaded_once_the_case_has_run(
    settings: Settings, tmp_path: Path
) -> None:
    async with observed(settings, clock="log") as (running, duty):
        first = running.settings.metrics.port
        assert first is not None
        async with prometheus(tmp_path / "prometheus", first) as seen:
            await the_case(running, duty)
            await seen.until('forewarn_delivery_attempts_total{outcome="delivered"} > 0')
            await seen.until("rate(forewarn_ledger_records_total[30s]) > 0")
            empty = []
            for panel, query in queries():
                try:
                    await seen.until(query, within=15)
                except TimeoutError:
                    empty.append((panel, query))
            (sampled,) = await seen.ask("forewarn_model_sampled_rows")
            # Of so few rows no honest index can be told; the case may have fewer.
            if float(sampled["value"][1]) < 11 / CHANCE:
                empty = [(panel, asked) for panel, asked in empty if "score_psi" not in asked]
            assert empty == []
            groups = (await seen.get("rules"))["groups"]
            few = await published(running, seen, FEW)
            many = await published(running, seen, 100 * FEW)
        texts = await told(running)
    print(f"series of each process: {few}")
    assert few == many, "a hundred times as many incidents make more series"
    loaded = [rule for group in groups for rule in group["rules"]]
    assert {rule["name"] for rule in loaded} == RECORDED | {rule["alert"] for rule in ALERTS}
    assert {rule["health"] for rule in loaded} == {"ok"}
    for process, text in texts.items():
        checked = subprocess.run(
            [str(shutil.which("promtool")), "check", "metrics"],
            input=text, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert (checked.returncode, checked.stderr) == (0, ""), process


async def test_a_worker_that_stops_makes_exactly_the_expected_rules_fire_until_it_goes_on(
    settings: Settings, tmp_path: Path
) -> None:
    expected = {("ForewarnProcessDown", "worker"), ("ForewarnNoHeartbeat", "notifier")}
    async with alertmanaging(tmp_path) as manager, observed(settings, clock="wall") as (running, _):
        first = running.settings.metrics.port
        assert first is not None
        folder = tmp_path / "prometheus"
        async with prometheus(folder, first, manager.url, FASTER) as seen:
            await seen.until('forewarn_heartbeat_timestamp_seconds{process="notifier"} > 0')
            await seen.until("count(up == 1) == 4")
            # The first heartbeat goes out before the worker works, and counts as missed until then.
            await seen.until("forewarn_heartbeat_broken == 0")
            async with asyncio.timeout(60):
                while await seen.firing():
                    await asyncio.sleep(0.5)
            running.worker.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(STOPPED_S)
                # A second look at least has passed since the last rule became due.
                await seen.until('ALERTS{alertname="ForewarnProcessDown", alertstate="firing"}')
                await seen.until('ALERTS{alertname="ForewarnNoHeartbeat", alertstate="firing"}')
                assert await seen.firing() == expected
            finally:
                running.worker.send_signal(signal.SIGCONT)
            async with asyncio.timeout(120):
                while await seen.firing():
                    await asyncio.sleep(0.5)
        names = {
            (alert["status"], alert["labels"]["alertname"])
            for got in manager.receiver.got
            for alert in json.loads(got.body)["alerts"]
        }
    assert {name for status, name in names if status == "firing"} == {n for n, _ in expected}
