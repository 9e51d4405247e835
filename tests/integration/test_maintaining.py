"""docs/maintaining.md: each runbook as it stands, on a real broker, and what is left after it."""

import asyncio
import base64
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pydantic import SecretStr
from sqlalchemy import URL

from schemas.topics import DELIVERIES
from services import clients, topics
from services.local.broker import BrokerKind
from services.local.kafka import LIBRARIES
from services.risk.tables import VERSION
from services.settings import Settings
from services.truth import group
from tests.conftest import kind_under_test
from tests.databases import new_database
from tests.docs.pages import ROOT
from tests.docs.walk import Step
from tests.integration.installation import Installation, section

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        kind_under_test() is BrokerKind.TANSU,
        reason="Tansu keeps nothing that could be backed up, and has no gateway",
    ),
]

WITNESS = "Witness-of-Kok-Tash"
MAKSAT: dict[str, Any] = {"name": "Maksat", "latitude": 40.1274, "longitude": 69.6921}


def report(incident_id: str, sub_event: str = "Stone-throwing", **place: Any) -> dict[str, Any]:
    """Return a report of now, at Kok-Tash unless ``place`` says otherwise."""
    where = {"name": "Kok-Tash", "latitude": 39.959, "longitude": 70.5203, "precision": "exact"}
    return {
        "incident_id": incident_id,
        "revision": 1,
        "status": "reported",
        "occurred": {"start": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "precision": "minute"},
        "place": where | place,
        "event_type": "Strategic developments",
        "sub_event_type": sub_event,
        "summary": "Something happened.",
        "sources": [{"name": WITNESS, "reliability": "B", "credibility": 2}],
    }


async def counted(client: httpx.AsyncClient, incident: dict[str, Any]) -> str:
    """Publish a report; return the stage that its revision comes to, or that it was there."""
    answer = await client.post("/v1/incidents", json=incident)
    assert answer.status_code == 202, answer.text
    if answer.json()["repeated"]:
        return "repeated"
    found = await client.get(f"/v1/incidents/{incident['incident_id']}/status?wait=30s")
    stage: str = found.json()["revisions"][-1]["stage"]
    return stage


async def alerts(client: httpx.AsyncClient) -> list[tuple[str, int]]:
    """Return the alerts with how many transitions each has had."""
    found = (await client.get("/v1/alerts")).json()["items"]
    return sorted((one["alert_id"], one["transitions"]) for one in found)


async def witness(client: httpx.AsyncClient, incident_id: str) -> str:
    """Return who reported an incident, as an operator sees it."""
    found = (await client.get(f"/v1/incidents/{incident_id}")).json()
    name: str = found["revisions"][0]["incident"]["sources"][0]["name"]
    return name


async def told(installation: Installation, at_least: int) -> set[str]:
    """Return the names of the messages that have been delivered, once there are some."""
    folder = installation.folder / "cap"
    async with asyncio.timeout(60):
        while len(found := {path.name for path in folder.glob("*.xml")}) < at_least:
            await asyncio.sleep(0.1)
    return found


async def lose_the_log(settings: Settings) -> None:
    """Delete every topic of the installation, its tables among them."""
    prefix = settings.kafka.topic_prefix
    async with clients.admin(settings.kafka) as admin:
        mine = [name for name in await admin.list_topics() if name.startswith(prefix)]
    await topics.remove(settings.kafka, mine)
    async with asyncio.timeout(60), clients.admin(settings.kafka) as admin:
        while any(name.startswith(prefix) for name in await admin.list_topics()):
            await asyncio.sleep(0.1)


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Installation]:
    """An installation on the cluster of the tests."""
    with Installation.at(tmp_path / "site", settings) as found:
        yield found


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Installation]:
    """An installation with a broker of its own."""
    with Installation.at(tmp_path / "alone", Settings(borders=("KGZ-TJK",))) as found:
        yield found


async def test_an_installation_is_maintained_as_the_page_says(
    site: Installation, server: URL
) -> None:
    files = site.having(worker={"clock": "wall"})
    here = files.on(new_database(server, "maintained")).having(gateway={"seal_key": new_key()})
    life = Life(here)
    await life.backed_up()
    life.here = files.on(new_database(server, "restored")).having(
        gateway={"seal_key": here.settings.gateway.seal_key}
    )
    await life.restored()
    await life.gone_back()
    await life.sealed_anew()
    await life.partitions_added()
    await life.border_added()


@dataclass
class Life:
    """An installation through the runbooks of the page, one after another, and what must stay."""

    here: Installation
    reported: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: list[tuple[str, int]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    async def backed_up(self) -> None:
        """While it runs, between two reports of which the second is lost."""
        while_running, _ = section("Back up, while everything runs")
        check, _ = section("Upgrade, and go back")
        async with self.here.running() as client:
            for one in (report("A-1"), report("A-2", **MAKSAT)):
                assert await counted(client, one) == "folded"
                self.reported[one["incident_id"]] = one
            far = report("B-1", latitude=40.75, longitude=72.85)
            assert await counted(client, far) == "set-aside"
            self.reported["B-1"] = far
            self.alerts = await alerts(client)
            self.told = await told(self.here, len(self.alerts))
            await self.here.types(check)
            client.headers["Authorization"] = f"Bearer {await self._keys_are_changed(client)}"
            await self.here.types(while_running)
            assert await counted(client, report("A-3")) == "folded"
            self.told = await told(self.here, len(self.told) + 1)
        await lose_the_log(self.here.settings)

    async def restored(self) -> None:
        """On empty topics, and in empty databases."""
        (restore,) = section("Restore")
        await self.here.types(restore)

    async def gone_back(self) -> None:
        """From what a newer version leaves behind, which this one refuses."""
        _, back = section("Upgrade, and go back")
        kafka, name = self.here.settings.kafka, self.here.settings.worker.group
        await group.set_state_version(kafka, name, VERSION + 1)
        async with await psycopg.AsyncConnection.connect(plain(self.here)) as database:
            await database.execute("UPDATE alembic_version SET version_num = '9999'")
        for command, refusal in (
            ("forewarn worker", f"tables of version {VERSION + 1}, this build writes"),
            ("forewarn ledger run", "from a newer Forewarn"),
        ):
            refused = await self.here.said(command)
            assert (refused.code, refusal in refused.text) == (2, True), refused.text
        await self.here.types(back)

    async def sealed_anew(self) -> None:
        """By another key, with the one that the page makes."""
        _, seal = section("Change keys")
        await self.here.types(seal)
        new = SecretStr((self.here.folder / "seal.key").read_text().strip())
        assert new != self.here.settings.gateway.seal_key
        self.here = self.here.having(gateway={"seal_key": new})

    async def _keys_are_changed(self, client: httpx.AsyncClient) -> str:
        """Return the new key; nobody is let in without one, nor with the one that is revoked."""
        keys, _ = section("Change keys")
        making = "forewarn keys create mission --scope operate --scope publish 2>/dev/null"
        made = await self.here.said(making)
        assert made.code == 0
        first = made.text.strip()
        await self.here.types(keys, KEY_ID=first.split("_")[1])
        second = (self.here.folder / "mission.key").read_text().strip()
        async with asyncio.timeout(60):
            while await status(client, first) != 401:
                await asyncio.sleep(0.2)
        assert (await status(client, second), await status(client, None)) == (200, 401)
        return second

    async def partitions_added(self) -> None:
        """To a new log, in which all is as it was, and goes on."""
        dump, load = section("Add partitions")
        await self.here.types(dump)
        kafka, worker = self.here.settings.kafka, self.here.settings.worker
        prefix, own = f"{kafka.topic_prefix}p8.", f"{worker.group}-p8"
        self.here = self.here.having(
            kafka={"partitions": 8, "topic_prefix": prefix}, worker={"group": own}
        )
        await self.here.types(theirs(load, prefix, own))

    async def border_added(self) -> None:
        """And what was reported of it before counts; all else is as it was, and goes on."""
        export, put_back = section("Add a border")
        await self.here.types(export)
        self.here = self.here.having(borders=("KGZ-TJK", "KGZ-UZB"))
        key = (self.here.folder / "mission.key").read_text().strip()
        async with self.here.running() as client:
            client.headers["Authorization"] = f"Bearer {key}"
            assert await alerts(client) == self.alerts
            assert await witness(client, "A-1") == WITNESS
            assert (await client.get("/v1/incidents/A-3")).status_code == 404
            for one in ("A-1", "A-2"):
                assert await counted(client, self.reported[one]) == "repeated"
            await self.here.types(put_back)
            async with asyncio.timeout(60):
                while len(now := await alerts(client)) == len(self.alerts):
                    await asyncio.sleep(0.2)
            assert next(one for one in now if one not in self.alerts)[0].startswith("KGZ-UZB")
            assert set(self.alerts) <= set(now)
            # Not where the lost report was: what was told of it has the number of what comes next.
            assert await counted(client, report("A-9", "Warning shots", **MAKSAT)) == "folded"
            # What is new, of the border and of A-9, and nothing again.
            told_now = await told(self.here, len(self.told) + 2)
            assert (self.told <= told_now, len(told_now)) == (True, len(self.told) + 2)


def new_key() -> SecretStr:
    """Return a key to wrap others by."""
    return SecretStr(base64.b64encode(os.urandom(32)).decode())


def plain(installation: Installation) -> str:
    """Return the address of the databases for others than SQLAlchemy."""
    url = installation.settings.ledger.url
    assert url is not None
    return url.get_secret_value()


async def status(client: httpx.AsyncClient, key: str | None) -> int:
    """Return how a caller with a key is answered."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return (await client.get("/v1/segments", headers=headers)).status_code


def theirs(step: Step, prefix: str, own: str) -> Step:
    """Return a block with the names of this test, which shares its cluster with others."""
    script = step.script.replace("p8.", prefix).replace("forewarn-risk-p8", own)
    assert script.count(prefix) == script.count(own) == 1
    return replace(step, script=script)


async def test_the_folder_of_one_machine_is_copied_and_put_back(alone: Installation) -> None:
    _, with_sqlite = section("Back up, while everything runs")
    copy, restore = section("Copy the folder of one machine")
    async with alone.running() as client:
        assert await counted(client, report("A-1")) == "folded"
        before = await alerts(client)
        (alone.folder / "backup").mkdir()
        await alone.types(with_sqlite)
    await alone.types(copy)
    shutil.rmtree(alone.settings.data_dir)
    await alone.types(restore)
    async with alone.running() as client:
        assert await alerts(client) == before
        assert await witness(client, "A-1") == WITNESS
        assert (
            await counted(client, report("A-1") | {"revision": 2, "summary": "More."}) == "folded"
        )
        assert (await alone.said("forewarn verify")).code == 0
    for name in ("gateway", "notifier"):
        kept, copied = (
            folder / f"{name}.sqlite"
            for folder in (alone.settings.data_dir, alone.folder / "backup")
        )
        assert tables(copied) == tables(kept)


def tables(file: Path) -> set[str]:
    """Return the names of the tables in a file."""
    with sqlite3.connect(file) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


async def test_deliveries_alone_are_kept_for_less(site: Installation) -> None:
    (less,) = section("Keep less, and erase")
    await topics.ensure(site.settings.kafka)
    tool = site.folder / ".venv" / "bin" / "kafka-configs.sh"
    libraries = (ROOT / LIBRARIES).resolve()
    tool.write_text(
        f'#!/bin/sh\nexec java -Xmx128m -cp "{libraries}/*" kafka.admin.ConfigCommand "$@"\n'
    )
    tool.chmod(0o755)
    name = topics.name(DELIVERIES, site.settings.kafka)
    script = less.script.replace("--entity-name deliveries", f"--entity-name {name}")
    assert script != less.script or name == "deliveries"
    await site.types(replace(less, script=script))
    async with clients.admin(site.settings.kafka) as admin:
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        (found,) = await admin.describe_configs([resource])
    assert "31536000000" in str(found)
