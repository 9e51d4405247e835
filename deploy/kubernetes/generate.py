"""Writes what follows from other files: ``python -m deploy.kubernetes.generate``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes import strimzi, workloads

FOLDER = Path(__file__).parent / "generated"
DEPLOY = Path(__file__).parents[1]
RULES = ("recording", "service", "risk")

_HEAD = "# Written by: make manifests\n"


def rules() -> list[dict[str, Any]]:
    """Return the rules of deploy/prometheus as the operator of Prometheus takes them."""
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"forewarn-{name}"},
            "spec": yaml.safe_load((DEPLOY / "prometheus" / f"{name}.yml").read_text()),
        }
        for name in RULES
    ]


def _manifests(make: Callable[[], list[dict[str, Any]]]) -> str:
    return _HEAD + yaml.dump_all(make(), Dumper=_Plain, sort_keys=False, width=100)


class _Plain(yaml.SafeDumper):
    """Writes what comes twice twice: not every reader of manifests knows anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Return that nothing is written as a reference."""
        return True


def written() -> dict[str, str]:
    """Return the text of every file, by its name."""
    return {
        "workloads.yaml": _manifests(workloads.workloads),
        "topics.yaml": _manifests(strimzi.topics),
        "users.yaml": _manifests(strimzi.users),
        "rules.yaml": _manifests(rules),
        # Kustomize reads no file of another folder.
        "notifier.toml": (DEPLOY / "notifier.toml").read_text(),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in written().items():
        (FOLDER / name).write_text(text)
