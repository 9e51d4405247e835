"""Finds the broker that a command of ours talks to."""

import json
import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from services.addresses import addresses
from services.faults import Fault
from services.settings import Settings

STACK_FILE = "stack.json"
"""What a running local stack is reached by: written by it, in its data folder."""

ANSWER_S = 0.5
"""How long the broker of a local stack may take to accept a connection [s]."""

Bootstrap = Annotated[
    str | None,
    typer.Option(help="host:port of Kafka; default: the setting, else the running local stack."),
]


class NoBrokerKnown(Fault):
    """Neither the command, nor the settings, nor a running stack names a broker."""

    def __init__(self) -> None:
        super().__init__(
            "no broker: give --bootstrap host:port, set FOREWARN_KAFKA__BOOTSTRAP_SERVERS, or "
            "start one with: forewarn up"
        )


class BadAddress(Fault):
    """``--bootstrap`` is no address."""


def reaching(
    bootstrap: str | None, group: str | None = None, *, demonstration: bool = True
) -> Settings:
    """Return the settings with a broker: the option, the setting, or the running stack's.

    ``group``, where it is given, takes the place of the workers' consumer group. Without
    ``demonstration`` a stack that only demonstrates is not looked for.

    Raises
    ------
    NoBrokerKnown
        None of the three is there.
    BadAddress
        The option is no host:port.
    """
    settings = Settings()
    if bootstrap:
        _check(bootstrap)
        found = _at(settings, {"bootstrap_servers": bootstrap})
    elif settings.kafka.bootstrap_servers:
        found = settings
    else:
        found = _running_stack(settings, demonstration=demonstration)
    if group is None:
        return found
    worker = found.worker.model_copy(update={"group": group})
    return found.model_copy(update={"worker": worker})


def program() -> str:
    """Return what to type to run this program again."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "forewarn" else ".venv/bin/forewarn"


def note(settings: Settings) -> str:
    """Return what a running stack writes down, so that other commands reach it and its topics."""
    kafka = settings.kafka
    return json.dumps(
        {
            "kafka": {
                "bootstrap_servers": kafka.bootstrap_servers,
                "topic_prefix": kafka.topic_prefix,
                "partitions": kafka.partitions,
            },
            "worker": {"group": settings.worker.group},
        }
    )


def _running_stack(settings: Settings, *, demonstration: bool) -> Settings:
    for folder in (settings.data_dir, settings.data_dir / "demo")[: 1 + demonstration]:
        said = _read(folder / STACK_FILE)
        # A stack that was killed leaves its note behind: what counts is whether it answers.
        if said is not None and _answers(said["kafka"]["bootstrap_servers"]):
            worker = settings.worker.model_copy(update=said["worker"])
            return _at(settings.model_copy(update={"worker": worker}), said["kafka"])
    raise NoBrokerKnown


def _read(path: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and {"kafka", "worker"} <= said.keys() else None


def _answers(servers: str) -> bool:
    for host, port in addresses(servers):
        try:
            with socket.create_connection((host, port), timeout=ANSWER_S):
                return True
        except OSError:
            continue
    return False


def _at(settings: Settings, kafka: dict[str, Any]) -> Settings:
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update=kafka)})


def _check(bootstrap: str) -> None:
    try:
        addresses(bootstrap)
    except ValueError as error:
        msg = f"--bootstrap: {error}"
        raise BadAddress(msg) from error
