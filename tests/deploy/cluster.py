"""Reads the manifests of Kubernetes as they stand: what they make, and what they start."""

from collections.abc import Iterator
from typing import Any

import yaml

from tests.deploy.processes import DEPLOY, Started, image_environment
from tests.deploy.units import variables

FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
MANIFESTS: list[dict[str, Any]] = [
    one
    for name in KUSTOMIZATION["resources"]
    for one in yaml.safe_load_all((FOLDER / name).read_text())
]
WORKLOADS = [one for one in MANIFESTS if one["kind"] in ("Deployment", "StatefulSet")]
SETTINGS = variables(FOLDER / "settings.env")

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""Stands in for what a secret holds: the settings of a key want 32 bytes in base64."""


def name_of(one: dict[str, Any]) -> str:
    """Return what names a manifest."""
    return f"{one['kind']} {one['metadata']['name']}"


def of_kind(kind: str) -> list[dict[str, Any]]:
    """Return the manifests of a kind."""
    return [one for one in MANIFESTS if one["kind"] == kind]


def pod_of(workload: dict[str, Any]) -> dict[str, Any]:
    """Return the specification of a workload's pods."""
    found: dict[str, Any] = workload["spec"]["template"]["spec"]
    return found


def container_of(workload: dict[str, Any]) -> dict[str, Any]:
    """Return the one container of a workload."""
    (found,) = pod_of(workload)["containers"]
    return dict(found)


def started() -> list[Started]:
    """Return what the manifests start."""
    return [
        Started(
            f"kubernetes {one['metadata']['name']}",
            tuple(container_of(one)["args"]),
            image_environment()
            | SETTINGS
            | {v["name"]: v.get("value", SECRET) for v in container_of(one)["env"]},
        )
        for one in WORKLOADS
    ]


def secrets(workload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the secrets that a workload cannot start without: name and key."""
    for variable in container_of(workload)["env"]:
        if found := variable.get("valueFrom", {}).get("secretKeyRef"):
            yield found["name"], found["key"]
