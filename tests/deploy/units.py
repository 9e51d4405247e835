"""Reads the units of systemd: what they start, with the files that they name beside them."""

import re
from pathlib import Path

from tests.deploy.processes import DEPLOY, Started

FOLDER = DEPLOY / "systemd"
HARDENED = FOLDER / "forewarn-.service.d" / "hardened.conf"
SERVICES = sorted(FOLDER.glob("*.service"))
INSTANCES = ("1", "2")
"""Which workers the target wants."""

FILES = {
    "/etc/forewarn/forewarn.env": FOLDER / "forewarn.env.example",
    "/etc/forewarn/gateway.env": None,
    "-/etc/forewarn/notifier.env": None,
}
"""Each file of variables: what it is made from; None: it holds secrets, and is made in place."""


def said(path: Path) -> list[tuple[str, str]]:
    """Return the settings of a unit in their order: a key may come several times."""
    lines = [line for line in path.read_text().splitlines() if re.match(r"[A-Z]\w*=", line)]
    return [(key, value) for key, _, value in (line.partition("=") for line in lines)]


def values(path: Path, key: str) -> list[str]:
    """Return every value of a key."""
    return [value for name, value in said(path) if name == key]


def variables(path: Path) -> dict[str, str]:
    """Return what a file of variables sets."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def environ(service: Path, instance: str) -> dict[str, str]:
    """Return the variables of a service: files come after what the units say."""
    found: dict[str, str] = {}
    for path in (service, HARDENED):
        for pairs in values(path, "Environment"):
            found |= dict(one.replace("%i", instance).split("=", 1) for one in pairs.split())
    for path in (service, HARDENED):
        for name in values(path, "EnvironmentFile"):
            source = FILES[name]
            found |= {} if source is None else variables(source)
    return found


def started() -> list[Started]:
    """Return what the target starts, each worker too."""
    return [
        Started(
            f"systemd {service.name.replace('@', '@' + instance)}",
            tuple(command.split()[1:]),
            environ(service, instance),
        )
        for service in SERVICES
        for instance in (INSTANCES if "@" in service.name else ("",))
        for command in values(service, "ExecStart")
    ]
