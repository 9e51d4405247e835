"""A cluster with TLS, passwords and rights: each process does its work with its own rights."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import trustme
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from schemas.topics import ALERTS, DELIVERIES, INCIDENTS, REJECTED, TOPICS, Topic
from services import clients, topics
from services.local.broker import BrokerKind
from services.local.environment import environment
from services.local.process import child, tail_of
from services.log import reader
from services.ports import free_port
from services.rights import USERS, rights
from services.settings import Kafka, Notifier, Settings
from tests.builders import raw, report
from tests.conftest import kind_under_test
from tests.integration.gateways import forewarn
from tests.integration.lab import until
from tests.secured.cluster import (
    Secured,
    allow,
    forbid,
    libraries,
    rules,
    rules_of,
    run_lines,
    secured,
    tools,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHERS = "others."
"""The prefix of topics that only the test of what is refused writes to."""

NOTIFIER = """
[receivers.folder]
[[receivers.folder.channels]]
kind = "cap"
sender = "forewarn@example.org"
scope = "Public"
folder = "{folder}"
[[routes]]
receiver = "folder"
group_wait = "0 seconds"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    if kind_under_test() is not BrokerKind.KAFKA:
        print("a secured cluster is not tested: Apache Kafka cannot run here")
        pytest.skip("only Apache Kafka has users and rights; it needs Java and Maven")
    async with secured(await libraries(), tmp_path_factory.mktemp("secured")) as found:
        for party, user in USERS.items():
            await allow(found, user, rights(party))
            await allow(found, user, rights(party, OTHERS))
        await topics.ensure(found.settings(USERS["administrators"]))
        await topics.ensure(found.settings(USERS["administrators"], topic_prefix=OTHERS))
        yield found


class Desk:
    """Runs commands as the users of the cluster; what they say is kept, to be looked through."""

    def __init__(self, cluster: Secured, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        (folder / "notifier.toml").write_text(NOTIFIER.format(folder=folder / "cap"))
        for user, password in cluster.passwords.items():
            (folder / f"{user}.password").write_text(f"{password}\n")

    def env(self, party: str, **changes: object) -> dict[str, str]:
        """Return the variables of a party's process; its password is in a file."""
        data = changes.pop("data_dir", self.folder / "data")
        settings = Settings(
            kafka=self.cluster.settings(USERS[party], **changes),
            notifier=Notifier(config=self.folder / "notifier.toml"),
            borders=("KGZ-TJK",),
            data_dir=data,
        )
        given = os.environ | environment(settings) | {"COLUMNS": "200"}
        if "sasl_password" not in changes:
            del given["FOREWARN_KAFKA__SASL_PASSWORD"]
            file = self.folder / f"{USERS[party]}.password"
            given["FOREWARN_KAFKA__SASL_PASSWORD_FILE"] = str(file)
        return given

    async def run(
        self, party: str, *words: str, stdin: bytes = b"", **changes: object
    ) -> tuple[int | None, str]:
        """Return the exit code of a command, and what it said."""
        process = await asyncio.create_subprocess_exec(
            *forewarn(*words),
            env=self.env(party, **changes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(stdin), 300)
        with (self.folder / "commands.log").open("ab") as log:
            log.write(said)
        return process.returncode, said.decode()

    @asynccontextmanager
    async def serving(
        self, party: str, *words: str, **more: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run a process for as long as the context lasts, and hold it to have gone on."""
        log = self.folder / f"{words[0]}.log"
        async with child(forewarn(*words), log, self.env(party) | more) as process:
            yield process
            assert process.returncode is None, tail_of(log)

    def told(self, secrets: list[str]) -> list[str]:
        """Return the files that hold a secret, but for those that are there to."""
        kept = {f"{user}.password" for user in self.cluster.passwords}
        return [
            f"{path}: {secret}"
            for path in self.folder.rglob("*")
            if path.is_file() and path.name not in kept
            for secret in secrets
            if secret.encode() in path.read_bytes()
        ]


async def said(kafka: Kafka, topic: Topic) -> list[bytes]:
    async with reader(kafka) as log:
        found = [b async for b in log.read(topic, await log.ends(topic))]
    return [record.value or b"" for batch in found for record in batch]


async def test_every_process_works_with_its_own_rights_from_a_report_to_who_is_told(
    cluster: Secured, tmp_path: Path
) -> None:
    desk, operator = Desk(cluster, tmp_path), cluster.settings(USERS["operators"])
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as running:
        for party, words, more in (
            ("ledger", ("ledger", "run"), {"FOREWARN_METRICS__PORT": str(free_port())}),
            ("risk worker", ("worker",), {}),
            ("notifier", ("notifier", "run"), {}),
            ("gateway", ("gateway", "run"), {"FOREWARN_GATEWAY__PORT": str(port)}),
        ):
            await running.enter_async_context(desk.serving(party, *words, **more))
        tailing = await running.enter_async_context(
            desk.serving("anyone", "topics", "tail", "alerts")
        )
        client = await running.enter_async_context(httpx.AsyncClient(base_url=base, timeout=60))

        async def ready() -> bool:
            try:
                return (await client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready, 90)
        moment = datetime.now(UTC).replace(microsecond=0)
        answer = await client.post(
            "/v1/incidents?wait=30",
            content=raw(report(start=moment)),
            headers={"content-type": "application/cloudevents+json"},
        )
        assert answer.status_code in (200, 202), answer.text
        # The first worker of all on a machine compiles its model first.
        await until(lambda: _holds(said(operator, ALERTS)), 300)
        await until(lambda: _holds(said(operator, DELIVERIES)), 60)
        assert list((tmp_path / "cap").glob("*.xml"))

        async def followed() -> bool:
            return b'"raised"' in (tmp_path / "topics.log").read_bytes()

        await until(followed)
        assert tailing.returncode is None
        async with clients.producer(cluster.settings(USERS["upstream systems"])) as upstream:
            await upstream.send_and_wait(INCIDENTS.name, b"no report", key=b"I-3")
        await until(lambda: _holds(said(operator, REJECTED)))
        await _commands(desk, moment)
    # The ledger is another's to fill: it is not where the worker is.
    code, text = await desk.run("risk worker", "rebuild", data_dir=tmp_path / "worker")
    assert code == 0, text
    code, text = await desk.run("operators", "verify")
    assert code == 0, text
    assert desk.told(list(cluster.passwords.values())) == []


async def _holds(found: object) -> bool:
    return bool(await found)  # type: ignore[misc]


async def _commands(desk: Desk, moment: datetime) -> None:
    """Give the commands of operators and importers, each with the rights of its party."""
    second = raw(report(incident_id="I-2", start=moment))
    for party, words, stdin in (
        ("administrators", ("topics", "create"), b""),
        ("importers", ("publish", "-"), second),
        ("operators", ("alerts", "list"), b""),
        ("operators", ("alerts", "ack", "KGZ-TJK-050-02", "--author", "duty officer"), b""),
        ("operators", ("rejected", "list", "--all"), b""),
        ("operators", ("rejected", "replay", "--yes"), b""),
        ("ledger", ("ledger", "status"), b""),
    ):
        code, text = await desk.run(party, *words, stdin=stdin)
        print(party, words, code, text)
        assert code == 0, text


@pytest.mark.parametrize("party", USERS)
async def test_a_user_may_write_to_and_read_from_what_its_table_says_and_no_more(
    party: str, cluster: Secured
) -> None:
    kafka = cluster.settings(USERS[party], topic_prefix=OTHERS)
    table = {right.name: right.operations for right in rights(party, OTHERS)}
    may = {t.name: table.get(OTHERS + t.name, ()) for t in TOPICS}
    async with clients.producer(kafka) as producer:
        written = {t.name for t in TOPICS if await _writes(producer, OTHERS + t.name)}
    assert written == {name for name, operations in may.items() if "Write" in operations}
    async with clients.consumer(kafka) as consumer:
        read = {t.name for t in TOPICS if await _reads(consumer, OTHERS + t.name)}
    assert read == {name for name, operations in may.items() if "Read" in operations}


async def _writes(producer: AIOKafkaProducer, topic: str) -> bool:
    try:
        await producer.send_and_wait(topic, b"{}", partition=0)
    except TopicAuthorizationFailedError:
        return False
    return True


async def _reads(consumer: AIOKafkaConsumer, topic: str) -> bool:
    if topic not in await consumer.topics():
        # It is hidden: whoever would read it waits for ever.
        return False
    at = TopicPartition(topic, 0)
    consumer.assign([at])
    try:
        await consumer.seek_to_beginning(at)
        await consumer.getmany(at, timeout_ms=500)
    except TopicAuthorizationFailedError:
        return False
    return True


async def test_only_the_workers_may_join_their_group(cluster: Secured) -> None:
    for party, group in (("anyone", "forewarn-risk"), ("ledger", "forewarn-risk")):
        kafka = cluster.settings(USERS[party])
        async with clients.consumer(kafka, group_id=group) as consumer:
            consumer.subscribe([ALERTS.name])
            with pytest.raises(GroupAuthorizationFailedError):
                await asyncio.wait_for(consumer.getone(), 30)


COMMANDS = (
    ("administrators", ("topics", "create")),
    ("risk worker", ("worker",)),
    ("ledger", ("ledger", "run")),
    ("gateway", ("gateway", "run")),
    ("notifier", ("notifier", "run")),
    ("anyone", ("topics", "tail", "alerts")),
    ("operators", ("verify",)),
)


@pytest.mark.parametrize(("party", "words"), COMMANDS, ids=[" ".join(w) for _, w in COMMANDS])
async def test_a_wrong_password_is_one_clear_error(
    party: str, words: tuple[str, ...], cluster: Secured, tmp_path: Path
) -> None:
    code, text = await Desk(cluster, tmp_path).run(party, *words, sasl_password="not-the-password")
    assert code == 2, text
    assert "SASL_USERNAME and FOREWARN_KAFKA__SASL_PASSWORD" in text
    assert f"refuses the user '{USERS[party]}'" in text
    assert one_error(text)
    assert "not-the-password" not in text


def one_error(text: str) -> bool:
    said = [line for line in text.splitlines() if line.startswith("error:")]
    return said == text.splitlines()[-1:] and "Traceback" not in text


async def test_whoever_is_refused_is_told_within_seconds(cluster: Secured) -> None:
    kafka = cluster.settings(USERS["ledger"], sasl_password="not-the-password")
    for opening in (clients.admin, clients.producer, clients.consumer):
        began = time.monotonic()
        with pytest.raises(clients.NotLetIn):
            async with opening(kafka):
                pass
        assert time.monotonic() - began < 10


async def test_a_certificate_that_nobody_trusts_is_named_with_its_setting(
    cluster: Secured, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    code, text = await Desk(cluster, tmp_path).run("risk worker", "worker", ssl_cafile=other)
    assert code == 2
    assert "certificate is not trusted" in text
    assert f"FOREWARN_KAFKA__SSL_CAFILE names; found {other}" in text
    assert one_error(text)


async def test_a_broker_that_is_called_otherwise_than_its_certificate_is_not_believed(
    cluster: Secured,
) -> None:
    at = cluster.at.replace("localhost", "127.0.0.1")
    kafka = cluster.settings(USERS["ledger"], bootstrap_servers=at)
    with pytest.raises(clients.NotLetIn, match=r"of another name .* FOREWARN_KAFKA__BOOTSTRAP"):
        await topics.ensure(kafka)


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("PLAINTEXT", "expected SASL_SSL"),
        ("SASL_PLAINTEXT", "expected SASL_SSL"),
        ("SSL", "expected SASL_SSL, and a user"),
    ],
)
async def test_another_way_than_the_brokers_is_named_with_its_setting(
    protocol: str, expected: str, cluster: Secured
) -> None:
    kafka = cluster.settings(USERS["ledger"], security_protocol=protocol)
    with pytest.raises(clients.NotLetIn, match=f"SECURITY_PROTOCOL is {protocol}: {expected}"):
        await topics.ensure(kafka)


async def test_a_mechanism_that_the_broker_lacks_is_named_with_its_setting(
    cluster: Secured,
) -> None:
    kafka = cluster.settings(USERS["ledger"], sasl_mechanism="SCRAM-SHA-256")
    with pytest.raises(clients.NotLetIn, match="SASL_MECHANISM"):
        await topics.ensure(kafka)


async def test_topics_that_a_user_may_not_see_are_not_taken_for_missing_ones(
    cluster: Secured,
) -> None:
    with pytest.raises(topics.NotAllowed, match=r"no right to that.*forewarn topics acls"):
        await topics.ensure(cluster.settings(USERS["ledger"], topic_prefix="hidden."))


async def test_a_reader_is_told_of_a_topic_that_is_hidden_from_it(
    cluster: Secured, tmp_path: Path
) -> None:
    code, text = await Desk(cluster, tmp_path).run("upstream systems", "topics", "tail", "alerts")
    assert code == 2
    assert "'alerts' is not on this cluster, or hidden from this user" in text


async def test_the_commands_that_are_printed_make_the_rules_of_the_table(
    cluster: Secured, tmp_path: Path
) -> None:
    desk, folder = Desk(cluster, tmp_path), await tools()
    if folder is None:
        pytest.skip("Maven cannot bring Kafka's command line tools")
    for party in ("risk worker", "anyone"):
        user = USERS[party]
        code, text = await desk.run(party, "topics", "acls", party)
        assert code == 0, text
        try:
            await forbid(cluster, user)
            assert await rules_of(cluster, user) == set()
            await run_lines(cluster, folder, text.splitlines())
            assert await rules_of(cluster, user) == rules(rights(party))
        finally:
            await allow(cluster, user, (*rights(party), *rights(party, OTHERS)))
