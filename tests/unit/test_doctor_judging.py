"""What the doctor says of each fault: the judging parts of the checks, without anything real."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from pydantic import SecretStr

from models.domain.notifying.heartbeats import Pulse
from schemas.topics import TOPICS
from services.doctor import (
    broker,
    clock,
    contracts,
    databases,
    folder,
    heartbeats,
    limits,
    model,
    packages,
    ports,
    sealing,
    telling,
    topics,
    variables,
    workers,
)
from services.doctor.case import Case
from services.doctor.clock import Reading
from services.doctor.finding import Finding, Status
from services.doctor.folder import Place
from services.doctor.packages import Needed
from services.doctor.ports import Port
from services.doctor.topics import Seen
from services.doctor.workers import Waiting, Workers
from services.gateway.wrapping import BadSealKey
from services.ledger.database import LEDGER
from services.notifier.config import parse
from services.notifier.setup import setup
from services.settings import Gateway, Kafka, Settings
from tests.builders import NOON

OK, WARNING, FAILED = Status.OK, Status.WARNING, Status.FAILED


def says(finding: Finding, status: Status, *told: str) -> None:
    """See that a finding has a status and holds some words; and advice unless all is well."""
    whole = f"{finding.found} | {finding.advice}"
    assert finding.status is status, whole
    assert all(part in whole for part in told), whole
    assert (finding.advice is None) is (status is Status.OK), whole
    assert "\n" not in whole


def test_packages_that_are_missing_or_of_another_version_are_told() -> None:
    orjson = Needed("orjson", SpecifierSet(">=3.13"), "3.14.0rc1")
    old, none = (
        Needed("numpy", SpecifierSet(">=2.3"), "1.26"),
        Needed("faust", SpecifierSet(), None),
    )
    says(packages.judge("3.12.1", ">=3.11", [orjson]), OK, "1 packages")
    says(packages.judge("3.10.2", ">=3.11", [orjson]), FAILED, "Python 3.10.2; expected >=3.11")
    told = packages.judge("3.12.1", ">=3.11", [orjson, old, none])
    says(told, FAILED, "numpy 1.26; expected >=2.3", "faust is not installed")


def test_settings_are_told_by_their_names_alone() -> None:
    environ = {"FOREWARN_KAFKA__SASL_PASSWORD": "hunter2", "FOREWARN_TEST_KILLS": "1", "HOME": "/"}
    says(found := variables.judge(environ), OK, "1 set: FOREWARN_KAFKA__SASL_PASSWORD")
    assert "hunter2" not in found.found
    says(variables.judge({}), OK, "none set")


AWAY = "kafka.example.org:9092"


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ({}, None, ""),
        ({"bootstrap_servers": "[::1]:9092"}, None, ""),
        ({"bootstrap_servers": AWAY}, WARNING, "PLAINTEXT to kafka.example.org"),
        ({"bootstrap_servers": AWAY, "security_protocol": "SSL"}, None, ""),
        ({"ssl_cafile": Path("/ca.pem")}, WARNING, "makes no use of"),
    ],
)
def test_how_a_broker_is_spoken_to_is_judged(
    given: dict[str, Any], status: Status | None, told: str
) -> None:
    kafka = Kafka(**{"bootstrap_servers": "localhost:9092"} | given)
    found = list(broker.secured(kafka, None))
    if status is None:
        assert found == []
    else:
        says(found[0], status, told)


def test_authorities_that_cannot_be_read_are_told_and_a_password_over_the_open_net_too() -> None:
    kafka = Kafka(
        bootstrap_servers=AWAY,
        security_protocol="SASL_PLAINTEXT",
        sasl_username="u",
        sasl_password=SecretStr("hunter2"),
        ssl_cafile=Path("/ca.pem"),
    )
    found = list(broker.secured(kafka, "No such file"))
    says(found[0], FAILED, "/ca.pem: No such file")
    says(found[2], WARNING, "SASL_PLAINTEXT to kafka.example.org: whoever is on the way can read")
    assert "hunter2" not in str(found)


def test_a_cluster_with_too_few_brokers_or_silent_addresses_is_told() -> None:
    kafka = Kafka(bootstrap_servers="localhost:9092", replication_factor=3)
    assert list(broker.reached(kafka, {"a:1": None}, 3)) == []
    silent, few = broker.reached(kafka, {"a:1": "no connection", "b:1": None}, 1)
    says(silent, WARNING, "1 of 2 addresses do not answer: a:1 (no connection)")
    says(few, FAILED, "1 brokers cannot keep 3 copies")


KAFKA = Kafka(topic_prefix="p.", replication_factor=3)


def as_wanted(**changes: Any) -> dict[str, Seen]:
    """Return every topic as it should be; ``changes`` are those of the topic p.incidents."""
    found = {}
    for topic in TOPICS:
        settings: Mapping[str, str] = topic.settings | {"min.insync.replicas": "2"}
        own = {"partitions": 4, "copies": 3, "behind": 0, "leaderless": 0, "settings": settings}
        if topic.name == "incidents":
            own |= changes | {"settings": {**settings, **changes.get("settings", {})}}
        found[f"p.{topic.name}"] = Seen(**own)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({}, OK, "7 of 4 partitions"),
        ({"partitions": 6}, FAILED, "set FOREWARN_KAFKA__PARTITIONS=6"),
        ({"leaderless": 1}, FAILED, "1 partitions have no leader"),
        ({"behind": 2}, WARNING, "2 partitions have a copy that is away or behind"),
        ({"copies": 1}, WARNING, "has 1 copies, the settings say 3"),
        ({"settings": {"cleanup.policy": "compact"}}, FAILED, "or records are lost"),
        ({"settings": {"retention.ms": "604800000"}}, FAILED, "--add-config retention.ms=-1"),
        ({"settings": {"retention.bytes": "1"}}, FAILED, "retention.bytes is 1"),
        ({"settings": {"max.message.bytes": "1000"}}, WARNING, "max.message.bytes is 1000"),
        ({"settings": {"max.message.bytes": "99999999"}}, OK, ""),
        ({"settings": {"message.timestamp.type": "LogAppendTime"}}, WARNING, "expected CreateTime"),
        ({"settings": {"min.insync.replicas": "1"}}, WARNING, "one disk may hold"),
    ],
)
def test_a_topic_that_differs_from_the_table_is_told(
    changes: dict[str, Any], status: Status, told: str
) -> None:
    says(topics.judge(KAFKA, as_wanted(**changes)), status, told, "" if status is OK else "p.incid")


def test_topics_that_are_missing_and_settings_that_are_not_told_are_told() -> None:
    seen = as_wanted()
    del seen["p.alerts"]
    says(topics.judge(KAFKA, seen), FAILED, "missing: p.alerts", "forewarn topics create")
    mute = {name: Seen(4, 3, 0, 0, None) for name in as_wanted()}
    says(topics.judge(KAFKA, mute), WARNING, "the broker does not tell how long it keeps them")


def test_exported_schemas_that_are_missing_or_differ_are_told() -> None:
    wanted = {"a.json": "1", "b.json": "2"}
    says(contracts.judge(wanted, wanted | {"README": ""}, []), OK, "2 exported files")
    says(contracts.judge(wanted, {"a.json": "1"}, []), FAILED, "missing: b.json")
    says(contracts.judge(wanted, {"a.json": "1", "b.json": "3"}, []), FAILED, "them: b.json")
    says(contracts.judge({}, {}, ["alerts: x is gone"]), FAILED, "alerts: x is gone", "versions.md")


def test_a_model_of_other_libraries_is_told() -> None:
    made = {"m-1": {"numpy": "2.4"}, "m-2": {"numpy": "2.5"}}
    says(model.judge({"m-1": {"numpy": "2.4"}}, {"numpy": "2.4"}), OK, "m-1 serves")
    says(model.judge(made, {"numpy": "2.4"}), WARNING, "m-2 was made with numpy 2.5 (here 2.4)")


@pytest.mark.parametrize(
    ("there", "writable", "status", "told"),
    [
        ((), True, WARNING, "it is made by: forewarn ledger run"),
        (("0003",), True, OK, "schema 0003"),
        (("0002",), True, FAILED, "not migrated: its schema is 0002"),
        (("0009",), True, FAILED, "from a newer Forewarn"),
        (("0003",), False, FAILED, "may not write to it"),
    ],
)
def test_a_database_is_judged_by_its_schema(
    there: tuple[str, ...], writable: bool, status: Status, told: str
) -> None:
    known = ("0001", "0002", "0003")
    says(databases.judge(LEDGER, "ledger x", there, known, writable=writable), status, told)


@pytest.mark.parametrize(
    ("reading", "status", "told"),
    [
        (Reading("PostgreSQL's clock", 0.2, 0.01), OK, "is 0.2 s ahead"),
        (Reading("PostgreSQL's clock", -8, 1), WARNING, "is 8.0 s behind"),
        (Reading("PostgreSQL's clock", -8, 4), OK, "give or take 4.0 s"),
        (Reading("PostgreSQL's clock", 400, 1), FAILED, "is 400.0 s ahead"),
        (Reading("the broker's clock", 20), WARNING, "is ahead, by 20.0 s or more"),
        (Reading("the broker's clock", 2), OK, "is ahead, by 2.0 s or more"),
        (Reading("the broker's clock", -9_000), OK, "by a stamp 9,000.0 s old, is not ahead"),
    ],
)
def test_a_clock_is_judged_by_what_is_sure(reading: Reading, status: Status, told: str) -> None:
    says(clock.judge([reading]), status, told)
    assert clock.judge([]).status is Status.NOT_APPLICABLE


def test_the_place_of_a_groups_commits_is_that_of_kafka() -> None:
    # Java's hashes; the last one is the smallest number that there is, whose absolute value is 0.
    for name, hashed in (("", 0), ("hello", 99_162_322), ("polygenelubricants", 0)):
        assert clock._place_of(name, 50).partition == hashed % 50
    # Of a negative hash, -862545276.
    assert clock._place_of("Hello World", 50).partition == 862_545_276 % 50


@pytest.mark.parametrize(
    ("port", "status", "told"),
    [
        (Port("h:1"), OK, "h:1: free"),
        (Port("h:1", by="worker", taken=True), OK, "h:1: worker"),
        (Port("h:1", by="worker", unready="not ready: x", taken=True), WARNING, "not ready: x"),
        (Port("h:1", taken=True), FAILED, "another program has it"),
        (Port("h:1", refused="Permission denied"), FAILED, "Permission denied"),
    ],
)
def test_a_port_is_free_ours_or_anothers(port: Port, status: Status, told: str) -> None:
    says(ports.judge(port, [], "X"), status, told)
    if status is FAILED:
        says(ports.judge(Port("h:0"), [port], "X"), WARNING, told, "where a local stack would")


@pytest.mark.parametrize(
    ("refused", "free_mb", "status", "told"),
    [
        (None, 5_000, OK, "5.0 GB free"),
        (None, 1_900, WARNING, "1.9 GB free"),
        (None, 150, FAILED, "make room"),
        ("Read-only file system", 5_000, FAILED, "Read-only file system"),
    ],
)
def test_a_folder_is_judged_by_its_room_and_whether_it_takes_files(
    refused: str | None, free_mb: float, status: Status, told: str
) -> None:
    says(folder.judge(Place(Path("/x"), True, refused, free_mb)), status, told)


TOML = """
[receivers.duty]
traffic = ["actual", "heartbeat"]
channels = [{kind = "cap"}]
[receivers.chief]
channels = [{kind = "cap"}, {kind = "cap"}]
[[routes]]
receiver = "duty"
unless_acknowledged_within = "10 minutes"
then = "chief"
"""


def test_a_configuration_whose_receivers_hear_nothing_is_told() -> None:
    says(telling.judge(setup(parse(TOML)), {}), OK, "2 receivers, 3 channels, 1 routes")
    idle = TOML.replace("unless_", "# unless_").replace("then", "# then")
    says(telling.judge(setup(parse(idle)), {}), WARNING, "no route leads to chief")
    deaf = TOML.replace(', "heartbeat"', "")
    says(telling.judge(setup(parse(deaf)), {}), WARNING, "nobody hears when alerts no longer")
    folders = {Path("/cap"): "Permission denied", Path("/ok"): None}
    says(telling.judge(setup(parse(TOML)), folders), FAILED, "/cap: cannot be written to")


def test_a_limit_of_files_is_judged_by_the_readers() -> None:
    says(limits.judge(None, 2_000), OK, "any number")
    says(limits.judge(2_512, 2_000), OK, "2,512 may be open")
    says(limits.judge(1_024, 2_000), WARNING, "LimitNOFILE=2512")


async def test_a_seal_key_that_is_none_is_refused_and_not_shown() -> None:
    case = Case({})
    case.settings = Settings(gateway=Gateway(seal_key=SecretStr("hunter2")))
    with pytest.raises(BadSealKey) as refused:
        await sealing.check(case)
    assert "hunter2" not in str(refused.value)
    for given in ({"seal": False}, {}):
        case.settings = Settings(gateway=Gateway(**given))
        assert (await sealing.check(case)).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("found", "status", "told"),
    [
        (Workers(2, 2, Waiting(0), 4), OK, "2 in group 'g'; nothing waits"),
        (Workers(1, 1, Waiting(3, 5.0), None), OK, "3 records wait, the first for 5 seconds"),
        (Workers(0, 0, Waiting(0), 4), FAILED, "start one: forewarn worker"),
        (Workers(2, 0, Waiting(0), 4), WARNING, "are being shared out"),
        (Workers(2, 2, Waiting(9, 600.0), 4), WARNING, "9 records wait, the first for 10 minutes"),
        (Workers(2, 2, Waiting(0), 99), FAILED, "tables of version 99"),
        (Workers(2, 2, Waiting(0, beyond=True), 4), FAILED, "read further than the log goes"),
    ],
)
def test_workers_are_judged_by_members_tables_and_lag(
    found: Workers, status: Status, told: str
) -> None:
    says(workers.judge("g", found), status, told)


@pytest.mark.parametrize(
    ("waiting", "status", "told"),
    [
        (Waiting(0), OK, "nothing waits"),
        (Waiting(20_000), WARNING, "20,000 records wait"),
        (Waiting(2, 90.0), WARNING, "forewarn ledger run"),
        (Waiting(0, beyond=True), FAILED, "that was another log"),
    ],
)
def test_a_read_model_is_judged_by_what_it_has_not_read(
    waiting: Waiting, status: Status, told: str
) -> None:
    says(workers.judge_read_model(waiting), status, told)


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("pulse", "status", "told"),
    [
        (Pulse(), WARNING, "none was ever sent"),
        (Pulse("i", NOON - 60 * SECOND), OK, "sent 1 minute ago, and came back"),
        (Pulse("i", NOON - SECOND, NOON - SECOND), OK, "is under way"),
        (Pulse("i", NOON - SECOND, NOON - 200 * SECOND), FAILED, "none has come back since"),
        (Pulse("i", NOON - SECOND, None, NOON - 9 * SECOND), FAILED, "ForewarnNoHeartbeat"),
        (Pulse("i", NOON - 900 * SECOND), FAILED, "the notifier sent the last one 15 minutes ago"),
    ],
)
def test_heartbeats_are_judged_by_when_they_were_sent_and_came_back(
    pulse: Pulse, status: Status, told: str
) -> None:
    says(heartbeats.judge(pulse, NOON, 300 * SECOND, 120 * SECOND), status, told)
