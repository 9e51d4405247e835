"""What runs on Kubernetes: four kinds of pods that share everything but their command."""

from typing import Any

from services.version import version

METRICS_PORT = 9108
USER = 10001
"""That of the image."""

DATA, TMP, CA = "/var/lib/forewarn", "/tmp", "/etc/kafka-ca"

DATABASE: list[dict[str, Any]] = [
    {
        "name": "PGPASSWORD",
        "valueFrom": {"secretKeyRef": {"name": "forewarn-database", "key": "password"}},
    }
]
"""How the processes with a database come to its password."""

Resources = dict[str, dict[str, str]]


def resources(cpu: str, memory: str, most: str) -> Resources:
    """Return what a container is given, and the most memory it may take."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": most}}


def labels(process: str) -> dict[str, str]:
    """Return what pods of a process are known by."""
    return {"app.kubernetes.io/part-of": "forewarn", "app.kubernetes.io/component": process}


def pod(
    process: str,
    command: list[str],
    given: Resources,
    env: list[dict[str, Any]],
    container: dict[str, Any] | None = None,
    volumes: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the pod of a process: who it is for Kafka, what it may not do, when it works."""
    more = container or {}
    user = f"forewarn-{process}"
    password = {"secretKeyRef": {"name": user, "key": "password"}}
    held = {"data": {"emptyDir": {}}} | {v["name"]: v for v in volumes or []}
    return {
        "metadata": {"labels": labels(process)},
        "spec": {
            "automountServiceAccountToken": False,
            # Kubernetes would tell of services in variables that look like settings.
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 45,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": labels(process)},
                }
            ],
            "containers": [
                {
                    "name": "forewarn",
                    "image": f"forewarn:{version()}",
                    "args": command,
                    "envFrom": [
                        {"configMapRef": {"name": "forewarn-settings"}},
                        *more.get("envFrom", []),
                    ],
                    "env": [
                        {"name": "FOREWARN_KAFKA__SASL_USERNAME", "value": user},
                        {"name": "FOREWARN_KAFKA__SASL_PASSWORD", "valueFrom": password},
                        *env,
                    ],
                    "ports": [
                        {"name": "metrics", "containerPort": METRICS_PORT},
                        *more.get("ports", []),
                    ],
                    # It answers once its model is compiled, and is ready once it can do its work.
                    "startupProbe": _probe("/healthz", every=5, failures=60),
                    "livenessProbe": _probe("/healthz", every=15, failures=4),
                    "readinessProbe": _probe("/readyz", every=10, failures=3),
                    "resources": given,
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [
                        {"name": "data", "mountPath": DATA},
                        {"name": "tmp", "mountPath": TMP},
                        {"name": "kafka-ca", "mountPath": CA, "readOnly": True},
                        *more.get("volumeMounts", []),
                    ],
                }
            ],
            "volumes": [
                *({"name": name} | volume for name, volume in held.items()),
                {"name": "tmp", "emptyDir": {"sizeLimit": "512Mi"}},
                {"name": "kafka-ca", "secret": {"secretName": "kafka-cluster-ca-cert"}},
            ],
        },
    }


def _probe(path: str, every: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": "metrics"},
        "periodSeconds": every,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _workload(kind: str, process: str, replicas: int | None, **spec: Any) -> dict[str, Any]:
    counted = {} if replicas is None else {"replicas": replicas}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": f"forewarn-{process}", "labels": labels(process)},
        "spec": {**counted, "selector": {"matchLabels": labels(process)}, **spec},
    }


def _setting(name: str, value: str) -> dict[str, str]:
    return {"name": f"FOREWARN_{name}", "value": value}


def worker() -> dict[str, Any]:
    """Return the workers: how many there are is the autoscaler's to say."""
    # Each is known by a name of its own, and they are replaced one after the other.
    return _workload(
        "StatefulSet",
        "worker",
        None,
        serviceName="forewarn-worker",
        podManagementPolicy="Parallel",
        template=pod("worker", ["worker"], resources("500m", "768Mi", "2Gi"), []),
    )


def ledger() -> dict[str, Any]:
    """Return the ledgers: of two, each batch is won by one."""
    return _workload(
        "Deployment",
        "ledger",
        2,
        template=pod("ledger", ["ledger", "run"], resources("200m", "384Mi", "1Gi"), [*DATABASE]),
    )


def notifier() -> dict[str, Any]:
    """Return the notifier: one, since a second would only wait, and could not have the folder."""
    return _workload(
        "Deployment",
        "notifier",
        1,
        strategy={"type": "Recreate"},
        template=pod(
            "notifier",
            ["notifier", "run"],
            resources("100m", "384Mi", "1Gi"),
            [*DATABASE, _setting("NOTIFIER__CONFIG", "/etc/forewarn/notifier.toml")],
            container={
                # What notifier.toml takes from the environment: addresses and secrets of channels.
                "envFrom": [
                    {"secretRef": {"name": "forewarn-notifier-channels", "optional": True}}
                ],
                "volumeMounts": [
                    {"name": "config", "mountPath": "/etc/forewarn", "readOnly": True}
                ],
            },
            volumes=[
                {
                    "name": "data",
                    "persistentVolumeClaim": {"claimName": "forewarn-notifier"},
                },
                {"name": "config", "configMap": {"name": "forewarn-notifier"}},
            ],
        ),
    )


def gateway() -> dict[str, Any]:
    """Return the gateways, which share their database."""
    key = {"secretKeyRef": {"name": "forewarn-gateway-seal", "key": "key"}}
    return _workload(
        "Deployment",
        "gateway",
        2,
        template=pod(
            "gateway",
            ["gateway", "run"],
            resources("300m", "640Mi", "1Gi"),
            [
                *DATABASE,
                _setting("GATEWAY__HOST", "0.0.0.0"),
                _setting("GATEWAY__PORT", "8080"),
                {"name": "FOREWARN_GATEWAY__SEAL_KEY", "valueFrom": key},
            ],
            container={"ports": [{"name": "http", "containerPort": 8080}]},
        ),
    )


def workloads() -> list[dict[str, Any]]:
    """Return all that runs."""
    return [worker(), ledger(), notifier(), gateway()]
