"""Reads docker-compose.yml as Docker does: merged, and with its variables in place."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.processes import ROOT, Started, image_environment

FILE = ROOT / "docker-compose.yml"

SECRETS = {
    "POSTGRES_PASSWORD": "of-the-test",
    "SEAL_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}
"""What .env holds."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


class Missing(Exception):
    """A variable is not set, and must be."""


def read(variables: dict[str, str]) -> Any:
    """Return the composition.

    Raises
    ------
    Missing
        A variable that it insists on is not in ``variables``.
    """

    def value(found: re.Match[str]) -> str:
        name, kind, said = found.groups()
        if variables.get(name):
            return variables[name]
        if kind == "?":
            raise Missing(name)
        return said or ""

    return yaml.safe_load(_VARIABLE.sub(value, FILE.read_text()))


COMPOSITION = read(SECRETS)
SERVICES: dict[str, dict[str, Any]] = COMPOSITION["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
"""Those that run our image."""


def started() -> list[Started]:
    """Return what the composition starts of ours; a variable without a value is not set."""
    image = image_environment()
    return [
        Started(
            f"compose {name}",
            tuple(one["command"]),
            image | {k: v for k, v in one["environment"].items() if v is not None},
        )
        for name, one in OURS.items()
    ]


def mounts(service: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return what a service mounts: volume or path, where, and whether it is read-only."""
    parts = [(*one.split(":"), "rw")[:3] for one in service.get("volumes", ())]
    return [(source, target, mode == "ro") for source, target, mode in parts]


def host_path(source: str) -> Path | None:
    """Return the path of this machine that a mount names; None for a volume."""
    return ROOT / source if source.startswith(".") else None
