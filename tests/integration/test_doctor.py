"""``forewarn doctor`` on a stack that runs, on the same one when it has stopped, and on faults."""

import asyncio
import hashlib
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from sqlalchemy import URL, create_engine, text

from schemas.topics import ALERTS, TOPICS
from services import clients, topics
from services.doctor import clock, heartbeats, screen
from services.doctor.case import Case
from services.doctor.command import doctor
from services.doctor.finding import Status
from services.doctor.registry import CHECKS
from services.ledger import database
from services.local.broker import BrokerKind
from services.local.environment import PORTS
from services.local.stack import stack
from services.log import reader
from services.moments import utc_now
from services.ports import free_port
from services.settings import Gateway, Kafka, Ledger, Metrics, Notifier, Settings, Worker
from services.terminal import Terminal
from tests.channels.canary import CANARY, KEY, keep_out
from tests.conftest import kind_under_test
from tests.integration.terminal import forewarn
from tests.ports import lasting_port, lasting_ports

pytestmark = pytest.mark.asyncio(loop_scope="session")

on_kafka = pytest.mark.skipif(
    kind_under_test() is BrokerKind.TANSU,
    reason="Tansu tells neither the settings of topics nor what the gateway needs",
)

CONFIG = """
heartbeat_every = "3 seconds"
heartbeat_patience = "2 seconds"
[receivers.duty]
traffic = ["actual", "heartbeat"]
channels = [{{kind = "cap", sender = "forewarn@localhost", folder = "{folder}"}}]
[[routes]]
receiver = "duty"
"""

SLOW_S = 180.0
"""How long a command may take that loads the model, on a machine that does other things too [s]."""

Found = dict[str, dict[str, Any]]


async def examined(settings: Settings, *, well: bool, patience_s: float = SLOW_S) -> Found:
    """Return what each check says of an installation, having seen that no secret is among it."""
    case = Case(os.environ, patience_s=patience_s)
    case.settings = case.reached = settings
    found = await doctor(case, Terminal(file=StringIO()))
    return read(screen.as_json(found), well=well)


def read(said: str, *, well: bool) -> Found:
    """Return each check by its name."""
    keep_out(said)
    told = json.loads(said)
    assert told["ok"] is well, said
    assert [one["name"] for one in told["checks"]] == [check.name for check in CHECKS]
    return {one["name"]: one for one in told["checks"]}


def statuses(found: Found) -> dict[str, str]:
    return {name: one["status"] for name, one in found.items()}


def whole(settings: Settings) -> Settings:
    """Return settings of an installation that lacks nothing, with secrets that none may show."""
    config = settings.data_dir / "notifier.toml"
    config.write_text(CONFIG.format(folder=settings.data_dir / "cap"))
    changed = {
        "worker": Worker(group=settings.worker.group),
        "notifier": Notifier(config=config),
        "gateway": Gateway.model_validate(
            {"port": lasting_port(), "seal_key": SEAL, "secret": CANARY}
        ),
        "metrics": Metrics(port=lasting_ports(len(PORTS))),
    }
    return settings.model_copy(update=changed)


SEAL = KEY[:43] + "="
"""32 bytes in base64, of which most are those of the canary."""


@on_kafka
async def test_all_is_well_while_all_runs_and_what_is_missing_is_told_when_it_has_stopped(
    settings: Settings,
) -> None:
    settings = whole(settings)
    async with stack(settings, None, print, ledger=True, notifier=True, gateway=True):
        async with asyncio.timeout(SLOW_S):
            case = Case(os.environ)
            case.settings = case.reached = settings
            while (await heartbeats.check(case)).status is not Status.OK:
                await asyncio.sleep(0.5)
        found = await examined(settings, well=True)
        assert set(statuses(found).values()) == {"ok"}, found
        # As an operator types it.
        code, said = await forewarn(settings, "doctor", "--timeout", "90", within_s=SLOW_S)
        assert code == 0, said
        lines = said.splitlines()
        assert f"{len(CHECKS)} ok" in lines[-1], said
    before = await kept(settings)
    found = await examined(settings, well=False)
    assert await kept(settings) == before
    stopped = {"workers", "heartbeats"}
    assert {n for n, s in statuses(found).items() if s == "failed"} == stopped, found
    assert found["workers"]["advice"] == "start one: forewarn worker"
    assert "forewarn notifier run" in found["heartbeats"]["advice"] or (
        "ForewarnNoHeartbeat" in found["heartbeats"]["advice"]
    )


async def kept(settings: Settings) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the bytes of every file of the installation, and where every topic ends."""
    files = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(settings.data_dir.rglob("*"))
        if path.is_file()
    }
    async with reader(settings.kafka) as log, clients.admin(settings.kafka) as admin:
        names = [n for n in await admin.list_topics() if n.startswith(settings.worker.group[:-4])]
        one = settings.kafka.model_copy(update={"partitions": 1})
        assert one.partitions == 1
        ends = {t.name: await log.ends(t) for t in TOPICS}
    return files, {"ends": ends, "names": sorted(names)}


async def test_a_broker_that_is_down_is_told_and_what_needs_none_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    settings = Settings(kafka=Kafka(bootstrap_servers=nobody), data_dir=tmp_path)
    found = await examined(settings, well=False)
    assert found["broker"]["status"] == "failed"
    assert f"no Kafka broker answers at {nobody}: Connection refused" in found["broker"]["found"]
    after = {name: found[name]["found"] for name in ("topics", "workers", "read model")}
    assert set(after.values()) == {"cannot be told before this: broker"}
    assert {found[n]["status"] for n in ("packages", "model", "data folder", "schemas")} == {"ok"}


async def test_what_accepts_connections_and_never_answers_takes_no_longer_than_its_time(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        at = f"127.0.0.1:{mute.getsockname()[1]}"
        settings = Settings(kafka=Kafka(bootstrap_servers=at), data_dir=tmp_path)
        found = await examined(settings, well=False, patience_s=4)
    assert found["broker"]["found"] == "no answer within 4 s"


@on_kafka
async def test_a_topic_of_another_layout_is_told_with_what_to_do(settings: Settings) -> None:
    kafka = settings.kafka
    odd = NewTopic(topics.name(ALERTS, kafka), 2, 1, topic_configs={"retention.ms": "1000"})
    async with clients.admin(kafka) as admin:
        await admin.create_topics([odd])
    found = (await examined(settings, well=False))["topics"]
    assert found["status"] == "failed"
    for told in (
        "has 2 partitions, the settings say 4",
        "retention.ms is 1000; expected -1, or records are lost",
        "missing: ",
    ):
        assert told in found["found"]
    assert "set FOREWARN_KAFKA__PARTITIONS=2" in found["advice"]
    assert "forewarn topics create" in found["advice"]


async def test_a_model_whose_file_was_altered_is_told(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "models" / "mine"
    committed = Path(__file__).parents[2] / "models" / "artifacts" / "escalation-1"
    shutil.copytree(committed, own)
    bytes_ = bytearray((own / "model.skops").read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    (own / "model.skops").write_bytes(bytes_)
    chosen = settings.model.model_copy(update={"version": str(own)})
    found = (await examined(settings.model_copy(update={"model": chosen}), well=False))["model"]
    assert found["status"] == "failed"
    assert "sha256 is" in found["found"]


async def test_a_database_of_another_version_is_told_and_left_as_it_is(
    settings: Settings, where: URL
) -> None:
    url = where.render_as_string(hide_password=False)
    settings = settings.model_copy(update={"ledger": Ledger.model_validate({"url": url})})
    database.connect(where).dispose()
    for revision, told, todo in (
        ("0001", "not migrated: its schema is 0001, this version needs 0003", "ledger run"),
        ("0999", "its schema is 0999, from a newer Forewarn", "upgrade Forewarn"),
    ):
        with as_of(where, revision) as standing:
            found = (await examined(settings, well=False))["ledger database"]
            assert standing() == revision
        assert (found["status"], told in found["found"]) == ("failed", True), found
        assert todo in found["advice"]


@contextmanager
def as_of(where: URL, revision: str) -> Iterator[Any]:
    """Let a database say that it has a revision; yields what tells which one it says it has."""
    engine = create_engine(where)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})

    def standing() -> str:
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())

    try:
        yield standing
    finally:
        engine.dispose()


async def test_a_server_of_databases_that_is_away_is_told_without_its_password(
    settings: Settings,
) -> None:
    url = f"postgresql://forewarn:{CANARY}@127.0.0.1:{free_port()}/forewarn"
    changed = {"ledger": Ledger.model_validate({"url": url})}
    found = (await examined(settings.model_copy(update=changed), well=False))["ledger database"]
    assert (found["status"], "refused" in found["found"]) == ("failed", True), found


async def test_a_folder_that_nobody_can_write_to_is_told(settings: Settings) -> None:
    found = await examined(
        settings.model_copy(update={"data_dir": Path("/proc/forewarn")}), well=False
    )
    assert found["data folder"]["status"] == "failed"
    assert "/proc/forewarn: cannot be written to" in found["data folder"]["found"]


@asynccontextmanager
async def answering(said: bytes) -> AsyncIterator[int]:
    """Be a program of somebody else's, which answers everything alike."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"], ids=["mute", "http"]
)
async def test_a_port_that_another_program_has_is_told(settings: Settings, said: bytes) -> None:
    async with answering(said) as port:
        taken = settings.gateway.model_copy(update={"port": port})
        changed = {"gateway": taken, "metrics": Metrics(port=port)}
        found = await examined(settings.model_copy(update=changed), well=False)
    for name, variable in (("gateway port", "GATEWAY__PORT"), ("metrics ports", "METRICS__PORT")):
        assert found[name]["status"] == "failed"
        assert f"127.0.0.1:{port}: another program has it" in found[name]["found"]
        assert f"set another FOREWARN_{variable}" in found[name]["advice"]


async def test_a_secret_that_is_not_there_is_told_by_its_place(
    settings: Settings, tmp_path: Path
) -> None:
    config = tmp_path / "notifier.toml"
    config.write_text(
        '[receivers.duty]\nchannels = [{kind = "webhook", url = "https://example.org/' + CANARY
        + '", secrets = [{file = "/nowhere/secret"}]}]\n[[routes]]\nreceiver = "duty"\n'
    )  # fmt: skip
    changed = {"notifier": Notifier(config=config)}
    found = (await examined(settings.model_copy(update=changed), well=False))["notifier file"]
    assert found["status"] == "failed"
    assert "receivers.duty.channels[0].secrets" in found["found"]
    assert "/nowhere/secret" in found["found"]


async def test_a_setting_that_is_none_is_told_and_nothing_is_guessed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_KAFKA__PARTITION", "4")
    code, said = await forewarn(settings, "doctor", "--json", within_s=SLOW_S)
    found = read(said, well=False)
    assert code == 1
    assert "did you mean FOREWARN_KAFKA__PARTITIONS?" in found["settings"]["found"]
    assert found["packages"]["status"] == "ok"
    others = {one["found"] for name, one in found.items() if name not in ("packages", "settings")}
    assert others == {"cannot be told before this: settings"}


class Wrong:
    """A clock that is so many seconds ahead."""

    def __init__(self, by_s: float) -> None:
        self._by = timedelta(seconds=by_s)

    def __call__(self) -> datetime:
        """Return what it shows."""
        return utc_now() + self._by


@pytest.mark.parametrize(
    ("wrong_by", "status"), [(0, "ok"), (20, "warning"), (-20, "warning"), (900, "failed")]
)
async def test_a_clock_that_is_wrong_is_told_by_that_of_postgresql(
    wrong_by: int, status: str, settings: Settings, postgres_url: URL
) -> None:
    url = postgres_url.render_as_string(hide_password=False)
    case = Case(os.environ, clock=Wrong(wrong_by))
    case.settings = case.reached = settings.model_copy(
        update={"ledger": Ledger.model_validate({"url": url})}
    )
    found = await clock.check(case)
    assert found.status is Status(status), found
    assert "PostgreSQL's clock" in found.found


@on_kafka
async def test_a_clock_that_is_slow_is_told_by_the_stamps_of_the_broker(settings: Settings) -> None:
    name = topics.name(ALERTS, settings.kafka)
    await topics.ensure(settings.kafka)
    async with clients.consumer(settings.kafka, group_id=settings.worker.group) as consumer:
        consumer.assign([TopicPartition(name, 0)])
        await consumer.commit({TopicPartition(name, 0): 0})
    for slow_by, status in ((0, "ok"), (60, "warning"), (900, "failed")):
        case = Case(os.environ, clock=Wrong(-slow_by))
        case.settings = case.reached = settings
        found = await clock.check(case)
        assert found.status is Status(status), found
        assert "the broker's clock" in found.found
