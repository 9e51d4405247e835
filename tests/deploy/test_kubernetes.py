"""The manifests: valid, restricted, written from the tables, and of one mind."""

import copy
import subprocess
from collections.abc import Iterator
from shutil import which
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.kubernetes import strimzi
from deploy.kubernetes.generate import FOLDER as GENERATED
from deploy.kubernetes.generate import written
from schemas.topics import REJECTED, TOPICS
from services.metrics.table import TABLE
from services.rights import USERS
from services.rights import rights as of_party
from services.risk.ending import ORDERLY_S
from services.settings import Kafka, Worker
from services.version import version
from tests.deploy.cluster import (
    FOLDER,
    KUSTOMIZATION,
    MANIFESTS,
    SETTINGS,
    WORKLOADS,
    container_of,
    name_of,
    of_kind,
    pod_of,
    secrets,
)
from tests.deploy.processes import METRICS_PORT, image_environment

VERSION = "1.33"
"""The oldest Kubernetes that the manifests are for."""

OURS = [one for one in MANIFESTS if "k8s.io" in one["apiVersion"] or "." not in one["apiVersion"]]
EVERY = pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)


def faults(manifest: dict[str, Any]) -> str | None:
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error)
    return None


@pytest.mark.parametrize("manifest", OURS, ids=name_of)
def test_a_manifest_is_what_kubernetes_takes(manifest: dict[str, Any]) -> None:
    assert faults(manifest) is None


def test_a_misspelt_field_is_noticed() -> None:
    wrong = copy.deepcopy(WORKLOADS[0])
    wrong["spec"]["template"]["spec"]["terminationGracePeriod"] = 45
    assert "terminationGracePeriod" in str(faults(wrong))


def test_what_is_of_operators_is_known() -> None:
    others = {(one["apiVersion"], one["kind"]) for one in MANIFESTS if one not in OURS}
    assert others == {
        ("kafka.strimzi.io/v1", "Kafka"),
        ("kafka.strimzi.io/v1", "KafkaNodePool"),
        ("kafka.strimzi.io/v1", "KafkaTopic"),
        ("kafka.strimzi.io/v1", "KafkaUser"),
        ("monitoring.coreos.com/v1", "PodMonitor"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
    }


@pytest.mark.parametrize("name", written())
def test_a_generated_file_is_what_its_generator_writes(name: str) -> None:
    assert (GENERATED / name).read_text() == written()[name], "run: make manifests"


def test_every_file_is_part_of_it_and_no_generated_one_is_left_over() -> None:
    named = set(KUSTOMIZATION["resources"]) | {"kustomization.yaml"}
    for made in KUSTOMIZATION["configMapGenerator"]:
        named |= {*made.get("envs", ()), *made.get("files", ())}
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert {name for name in there if not name.endswith((".py", ".pyc"))} == named
    assert {path.name for path in GENERATED.iterdir()} == set(written())


def test_kustomize_puts_it_together() -> None:
    if which("kubectl") is None:
        print("the manifests are not put together by Kustomize: there is no kubectl")
        pytest.skip("no kubectl (package kubectl)")
    done = subprocess.run(
        ["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert len(made) == len(MANIFESTS) + len(KUSTOMIZATION["configMapGenerator"])
    assert {one["metadata"].get("namespace") for one in made} == {"forewarn", None}
    maps = {one["metadata"]["name"] for one in made if one["kind"] == "ConfigMap"}
    read = {
        source["configMapRef"]["name"]
        for one in made
        if one["kind"] in ("Deployment", "StatefulSet")
        for source in container_of(one)["envFrom"]
        if "configMapRef" in source
    }
    assert read < maps


@EVERY
def test_a_pod_is_what_the_restricted_standard_asks_for(workload: dict[str, Any]) -> None:
    pod, container = pod_of(workload), container_of(workload)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"emptyDir", "secret", "configMap", "persistentVolumeClaim"}
    (namespace,) = of_kind("Namespace")
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@EVERY
def test_a_pod_is_asked_whether_it_lives_and_works(workload: dict[str, Any]) -> None:
    container = container_of(workload)
    asked = {
        kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")
    }
    assert {kind: one["path"] for kind, one in asked.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert {ports[one["port"]] for one in asked.values()} == {int(METRICS_PORT)}
    assert set(container["resources"]) == {"requests", "limits"}
    assert pod_of(workload)["terminationGracePeriodSeconds"] > ORDERLY_S


@EVERY
def test_a_pod_can_write_where_the_image_wants_to(workload: dict[str, Any]) -> None:
    container, pod = container_of(workload), pod_of(workload)
    mounted = {m["mountPath"]: m for m in container["volumeMounts"] if not m.get("readOnly")}
    image = image_environment()
    assert {image["FOREWARN_DATA_DIR"], image["HOME"]} == set(mounted)
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {m["name"] for m in container["volumeMounts"]} == volumes
    assert SETTINGS["FOREWARN_KAFKA__SSL_CAFILE"].startswith("/etc/kafka-ca/")


@EVERY
def test_a_pod_runs_the_image_of_this_version(workload: dict[str, Any]) -> None:
    assert container_of(workload)["image"] == f"forewarn:{version()}"


@EVERY
def test_a_pod_is_a_user_of_kafka_that_is_made_with_its_password(workload: dict[str, Any]) -> None:
    env = {v["name"]: v for v in container_of(workload)["env"]}
    user = env["FOREWARN_KAFKA__SASL_USERNAME"]["value"]
    assert user in {one["metadata"]["name"] for one in of_kind("KafkaUser")}
    assert (user, "password") in list(secrets(workload))


def selectors() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield whom each manifest is about, by its labels."""
    for one in MANIFESTS:
        spec = one.get("spec", {})
        if one["kind"] == "Service":
            yield name_of(one), spec["selector"]
        elif one["kind"] in ("PodDisruptionBudget", "PodMonitor", "StatefulSet", "Deployment"):
            yield name_of(one), spec["selector"]["matchLabels"]
        elif one["kind"] == "NetworkPolicy":
            yield name_of(one), spec["podSelector"]["matchLabels"]


@pytest.mark.parametrize(("name", "selector"), list(selectors()))
def test_what_is_about_pods_is_about_some_that_there_are(
    name: str, selector: dict[str, str]
) -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in WORKLOADS]
    met = [one for one in labels if selector.items() <= one.items()]
    assert met, name


def test_the_network_is_closed_but_for_what_is_named() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    assert policies["forewarn"]["policyTypes"] == ["Ingress", "Egress"]
    opened = {
        name: [port["port"] for rule in spec.get("ingress", ()) for port in rule["ports"]]
        for name, spec in policies.items()
    }
    assert opened == {
        "forewarn": [int(METRICS_PORT)],
        "forewarn-database": [],
        "forewarn-gateway": [8080],
        "forewarn-notifier": [],
    }
    (wanted,) = policies["forewarn-database"]["podSelector"]["matchExpressions"]
    with_database = {
        one["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
        for one in WORKLOADS
        if ("forewarn-database", "password") in list(secrets(one))
    }
    assert set(wanted["values"]) == with_database


def test_there_are_no_more_workers_than_partitions_and_the_autoscaler_alone_counts_them() -> None:
    (scaler,) = of_kind("HorizontalPodAutoscaler")
    spec = scaler["spec"]
    (scaled,) = [
        one for one in WORKLOADS if one["metadata"]["name"] == spec["scaleTargetRef"]["name"]
    ]
    assert scaled["kind"] == spec["scaleTargetRef"]["kind"]
    assert "replicas" not in scaled["spec"]
    assert 2 <= spec["minReplicas"] <= spec["maxReplicas"]
    assert spec["maxReplicas"] <= int(SETTINGS["FOREWARN_KAFKA__PARTITIONS"])
    (metric,) = spec["metrics"]
    (told,) = [m for m in TABLE if m.name == metric["external"]["metric"]["name"]]
    assert set(metric["external"]["metric"]["selector"]["matchLabels"]) <= set(told.labels)
    assert metric["external"]["metric"]["selector"]["matchLabels"]["group"] == Worker().group


def test_each_process_that_is_not_alone_gives_way_one_at_a_time() -> None:
    guarded = {one["metadata"]["name"]: one["spec"] for one in of_kind("PodDisruptionBudget")}
    several = {one["metadata"]["name"] for one in WORKLOADS if one["spec"].get("replicas") != 1}
    assert guarded.keys() == several
    assert all(spec["maxUnavailable"] == 1 for spec in guarded.values())


def test_prometheus_labels_processes_as_the_rules_and_dashboards_go_by() -> None:
    (monitor,) = of_kind("PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == "metrics"
    labelled = {rule["targetLabel"]: rule for rule in endpoint["relabelings"]}
    assert labelled["job"]["replacement"] == "forewarn"
    assert labelled["process"]["sourceLabels"] == [
        "__meta_kubernetes_pod_label_app_kubernetes_io_component"
    ]


def test_the_topics_are_those_of_the_table_as_the_settings_say() -> None:
    made = {one["metadata"]["name"]: one["spec"] for one in of_kind("KafkaTopic")}
    assert made.keys() == {topic.name for topic in TOPICS}
    kafka = Kafka()
    assert int(SETTINGS["FOREWARN_KAFKA__PARTITIONS"]) == kafka.partitions
    for topic in TOPICS:
        spec = made[topic.name]
        assert spec["partitions"] == kafka.partitions
        assert str(spec["replicas"]) == SETTINGS["FOREWARN_KAFKA__REPLICATION_FACTOR"]
        assert topic.settings.items() <= spec["config"].items()


def test_kafka_is_what_the_settings_reach_and_takes_the_largest_record() -> None:
    (kafka,), (pool,) = of_kind("Kafka"), of_kind("KafkaNodePool")
    name = kafka["metadata"]["name"]
    assert {"strimzi.io/cluster": name} == strimzi.OF_CLUSTER == pool["metadata"]["labels"]
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    at = f"{name}-kafka-bootstrap:{listener['port']}"
    assert SETTINGS["FOREWARN_KAFKA__BOOTSTRAP_SERVERS"] == at
    mechanism = SETTINGS["FOREWARN_KAFKA__SASL_MECHANISM"].lower()
    assert listener["authentication"]["type"] == mechanism
    config = kafka["spec"]["kafka"]["config"]
    assert config["message.max.bytes"] > REJECTED.max_message_bytes
    assert config["replica.fetch.max.bytes"] >= config["message.max.bytes"]
    assert pool["spec"]["replicas"] >= strimzi.REPLICAS
    assert pool["spec"]["storage"]["volumes"][0]["deleteClaim"] is False


def rights(user: str) -> dict[tuple[str, str], set[str]]:
    (found,) = [one for one in of_kind("KafkaUser") if one["metadata"]["name"] == user]
    return {
        (acl["resource"]["type"], acl["resource"]["name"]): set(acl["operations"])
        for acl in found["spec"]["authorization"]["acls"]
    }


@pytest.mark.parametrize("party", strimzi.PARTIES)
def test_a_user_may_do_what_the_table_of_rights_says_and_no_more(party: str) -> None:
    assert rights(USERS[party]) == {
        (right.kind, right.name): set(right.operations) for right in of_party(party)
    }


def test_each_party_but_administrators_has_a_user_since_topics_have_an_operator_here() -> None:
    made = {one["metadata"]["name"] for one in of_kind("KafkaUser")}
    assert made == {user for party, user in USERS.items() if party != "administrators"}
