"""What docker-compose.yml starts works together, and has all again when it is started again.

Its processes run with its variables, files and health checks on Apache Kafka, PostgreSQL,
Prometheus and Alertmanager from packages: see ``tests/deploy/host.py``.
"""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.local.broker import tools
from services.moments import utc_now
from tests import databases
from tests.builders import event, report
from tests.channels.alertmanager import NAMES
from tests.deploy.composition import SECRETS
from tests.deploy.host import NOT_PACKAGED, Host, hosted
from tests.fault.supervised import Supervised
from tests.integration.prometheus import Prometheus

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_S = 120.0
"""How long a report may take to be told everywhere [s]."""


def lacks() -> str | None:
    """Say why the composition cannot run here, or None when it can."""
    if sys.platform != "linux":
        return "only Linux has an address for every service on the loopback network"
    if not shutil.which("prometheus") or not any(map(shutil.which, NAMES)):
        return "Prometheus or Alertmanager is not installed here"
    return tools().missing or databases.missing()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="forewarn-host-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(folder: Path) -> AsyncIterator[Host]:
    """The composition, not yet started."""
    if reason := lacks():
        print(f"the composition is not run: {reason}")
        pytest.skip(reason)
    print(f"run without {', '.join(NOT_PACKAGED)}: no package has it")
    async with hosted(folder, SECRETS | {"FOREWARN_BORDERS": "KGZ-TJK"}) as found:
        yield found


async def test_it_alerts_whom_it_tells_is_watched_and_keeps_all_when_it_is_started_again(
    host: Host, folder: Path
) -> None:
    key = (await host.run("gateway", "keys", "create", "admin", "--scope", "admin")).strip()
    await host.up()
    async with client(host, key) as gateway:
        assert (await gateway.get("/v1/alerts", headers={"authorization": ""})).status_code == 401
        now = utc_now()
        told = event(report(start=now - timedelta(minutes=1)), now)
        said = told.model_dump_json(exclude_defaults=True)
        accepted = await gateway.post("/v1/incidents", content=said)
        assert accepted.status_code == 202, accepted.text
        (alert,) = await until(lambda: alerts(gateway))
    cap = folder / "volumes" / "data" / "cap"
    (message,) = await until(lambda: written(cap))
    assert alert["segment_id"] in message.read_text()
    await watched(host)
    assert "failed" not in await host.run("gateway", "doctor", "--timeout", "60")

    ours = await host.down()
    # Each ended once, by itself: by a signal that it did not catch, or by Docker's second one, the
    # code would be below 0.
    unlike = "\n".join(one.told() for one in ours if not by_itself(one))
    assert not unlike, unlike
    await host.up()
    async with client(host, key) as gateway:
        assert [one["alert_id"] for one in await alerts(gateway)] == [alert["alert_id"]]
    await host.run("gateway", "verify")


def by_itself(process: Supervised) -> bool:
    """Tell whether it ended as it was told to: in order, or at once when that would take long."""
    if process.codes == [1] and "worker ends at once" in process.log.read_text():
        print(process.told())
        return True
    return process.codes in ([0], [128 + signal.SIGTERM])


async def watched(host: Host) -> None:
    """Wait until Prometheus has every process, every rule, and where to tell of them."""
    seen = Prometheus(f"http://{host.at['prometheus']}:9090")
    processes = [name for name in host.services if name.startswith("worker")]
    processes += ["ledger", "notifier", "gateway"]
    try:
        await seen.until(f"count(up == 1) == {len(processes)}", within=WITHIN_S)
    except TimeoutError:
        targets = (await seen.get("targets"))["activeTargets"]
        told = {one["scrapeUrl"]: one["lastError"] for one in targets}
        raise AssertionError(told) from None
    found = (await seen.get("alertmanagers"))["activeAlertmanagers"]
    assert [one["url"] for one in found] == [f"http://{host.at['alertmanager']}:9093/api/v2/alerts"]
    assert {group["name"] for group in (await seen.get("rules"))["groups"]}


def client(host: Host, key: str) -> httpx.AsyncClient:
    """Return a client of the gateway that has a key."""
    return httpx.AsyncClient(
        base_url=f"http://{host.at['gateway']}:8080",
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
        timeout=30,
    )


async def alerts(gateway: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await gateway.get("/v1/alerts")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def written(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*.xml") if one.is_file()]


async def until(ask: Any) -> Any:
    """Return what ``ask`` gives, once that is something."""
    async with asyncio.timeout(WITHIN_S):
        while not (found := await ask()):
            await asyncio.sleep(0.3)
    return found
