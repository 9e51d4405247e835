"""docker-compose.yml: valid, hardened, closed to other machines, one with what it mounts."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft7Validator

from schemas.topics import REJECTED
from services.local import kafka
from services.risk.ending import ORDERLY_S
from services.version import version
from tests.deploy.composition import (
    COMPOSITION,
    FILE,
    OURS,
    SECRETS,
    SERVICES,
    Missing,
    host_path,
    mounts,
    read,
)
from tests.deploy.processes import DEPLOY, METRICS_PORT, ROOT

SCHEMA = Path(__file__).parent / "schema" / "compose-spec.json"
EVERY = pytest.mark.parametrize("name", SERVICES)
CORE = {"kafka", "postgres", "topics", "worker-1", "worker-2", "ledger", "notifier", "gateway"}


def test_it_is_what_the_compose_specification_asks_for() -> None:
    Draft7Validator(json.loads(SCHEMA.read_text())).validate(COMPOSITION)


def test_the_core_starts_without_a_word_and_the_rest_when_asked_for() -> None:
    assert {name for name, one in SERVICES.items() if "profiles" not in one} == CORE
    rest = {name: one["profiles"] for name, one in SERVICES.items() if name not in CORE}
    assert rest == {key: ["observability"] for key in ("prometheus", "alertmanager", "grafana")}
    needed = {other for name in CORE for other in SERVICES[name].get("depends_on", ())}
    assert needed <= CORE


@EVERY
def test_a_service_can_do_no_more_than_it_needs(name: str) -> None:
    one = SERVICES[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc"} & one.keys()
    assert one.get("user", "not root") not in ("root", "0", "0:0")
    assert set(one["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert not any("docker.sock" in source for source, _, _ in mounts(one))


def test_our_processes_are_the_user_of_the_image() -> None:
    user = re.findall(r"^USER (\S+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[-1]
    assert {one["user"] for one in OURS.values()} == {user}


@EVERY
def test_a_service_says_whether_it_works(name: str) -> None:
    if name == "topics":
        assert SERVICES[name]["healthcheck"] == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
        return
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert name not in OURS or int(SERVICES[name]["stop_grace_period"][:-1]) > ORDERLY_S
    asked = SERVICES[name]["healthcheck"]["test"]
    assert asked[0] == "CMD"
    if name in OURS:
        assert f":{METRICS_PORT}/readyz" in asked[-1]
        compile(asked[-1], name, "exec")


@EVERY
def test_a_port_is_open_to_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)
        assert "outside" in SERVICES[name]["networks"]


def test_only_who_serves_or_tells_reaches_beyond_the_composition() -> None:
    assert COMPOSITION["networks"]["inside"] == {"internal": True}
    reaching = {name for name, one in SERVICES.items() if "outside" in one["networks"]}
    assert reaching == {"gateway", "notifier", "prometheus", "alertmanager", "grafana"}


@EVERY
def test_what_is_mounted_is_there_and_read_only_unless_it_is_a_volume(name: str) -> None:
    for source, target, read_only in mounts(SERVICES[name]):
        path = host_path(source)
        if path is None:
            assert source in COMPOSITION["volumes"]
            assert not read_only
        else:
            assert path.exists()
            assert read_only
        assert target.startswith("/")


def test_every_volume_is_used() -> None:
    used = {source for one in SERVICES.values() for source, _, _ in mounts(one)}
    assert set(COMPOSITION["volumes"]) <= used


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_stands_in_no_file_and_must_be_given(secret: str) -> None:
    with pytest.raises(Missing, match=secret):
        read({name: said for name, said in SECRETS.items() if name != secret})
    plain = [
        line
        for line in FILE.read_text().splitlines()
        if re.search(r"(PASSWORD|SECRET|KEY|TOKEN)\w*:", line) and "${" not in line
    ]
    assert plain == []


def test_whom_prometheus_asks_is_whom_the_composition_starts() -> None:
    asked = yaml.safe_load((DEPLOY / "prometheus" / "targets.yml").read_text())
    hosts = {tuple(target.split(":")) for group in asked for target in group["targets"]}
    assert hosts == {(name, METRICS_PORT) for name in OURS if name != "topics"}
    labelled = {group["labels"]["process"] for group in asked}
    assert labelled == {one["command"][0] for one in OURS.values()} - {"topics"}


def test_prometheus_and_grafana_find_each_other_where_they_listen() -> None:
    assert SERVICES["prometheus"]["ports"] == ["127.0.0.1:9090:9090"]
    source = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text()
    )
    assert [one["url"] for one in source["datasources"]] == ["http://prometheus:9090"]
    alertmanagers = yaml.safe_load((DEPLOY / "prometheus" / "alertmanagers.yml").read_text())
    assert alertmanagers == [{"targets": ["alertmanager:9093"]}]
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/forewarn.yml").read_text())
    targets = {target for _, target, _ in mounts(SERVICES["grafana"])}
    assert provider["providers"][0]["options"]["path"] in targets


def test_the_images_are_of_the_versions_that_the_rest_names() -> None:
    assert {one["image"] for one in OURS.values()} == {f"forewarn:{version()}"}
    pom = ElementTree.parse(DEPLOY / "kafka" / "pom.xml")
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    kafkas = [
        found.findtext("m:version", namespaces=space)
        for found in pom.iterfind(".//m:dependency", space)
        if found.findtext("m:artifactId", namespaces=space) == "kafka_2.13"
    ]
    assert [SERVICES["kafka"]["image"]] == [f"apache/kafka:{one}" for one in kafkas]
    assert kafkas == [kafka.VERSION]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    builds = [
        one.rsplit("!", 1)[1]
        for one in project["optional-dependencies"]["dev"]
        if one.startswith("grafana-foundation-sdk==")
    ]
    assert [SERVICES["grafana"]["image"]] == [f"grafana/grafana:{one}" for one in builds]


@EVERY
def test_an_image_is_named_by_a_whole_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?", SERVICES[name]["image"])


def properties() -> dict[str, str]:
    lines = (DEPLOY / "kafka" / "server.properties").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def test_kafka_runs_on_the_file_that_is_mounted_and_keeps_its_data_in_the_volume() -> None:
    service = SERVICES["kafka"]
    assert ("kafka", properties()["log.dirs"], False) in mounts(service)
    target = next(t for s, t, _ in mounts(service) if s == "./deploy/kafka/server.properties")
    words = shlex.split(" ".join(service["command"]))
    assert words.count(target) == 2
    assert properties()["advertised.listeners"] == "PLAINTEXT://kafka:9092"


def test_kafka_takes_the_largest_record_and_the_same_settings_as_the_local_one() -> None:
    assert int(properties()["message.max.bytes"]) > REJECTED.max_message_bytes
    local: dict[str, Any] = dict(
        line.split("=", 1) for line in kafka._PROPERTIES.splitlines() if "=" in line
    )
    own = properties()
    differing = {name for name in own if own[name] != local.get(name)}
    assert differing == {
        *("controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"),
    }
