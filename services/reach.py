"""Finds the broker that a command of ours talks to."""

import json
from typing import Annotated

import typer

from services.settings import Settings

Bootstrap = Annotated[
    str | None,
    typer.Option(help="host:port of Kafka; default: the setting, else the running local stack."),
]


class NoBrokerKnown(ValueError):
    """Neither the command, nor the settings, nor a running stack names a broker."""

    def __init__(self) -> None:
        super().__init__(
            "no broker: give --bootstrap host:port, set FOREWARN_KAFKA__BOOTSTRAP_SERVERS, or "
            "start one with: forewarn up"
        )


def reaching(bootstrap: str | None, group: str | None = None) -> Settings:
    """Return the settings with a broker: the option, the setting, or the running stack's.

    ``group``, where it is given, takes the place of the workers' consumer group.

    Raises
    ------
    NoBrokerKnown
        None of the three is there.
    """
    settings = Settings()
    found = bootstrap or settings.kafka.bootstrap_servers or _running_stack(settings)
    if not found:
        raise NoBrokerKnown
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": found})
    worker = settings.worker.model_copy(update={"group": group or settings.worker.group})
    return settings.model_copy(update={"kafka": kafka, "worker": worker})


def _running_stack(settings: Settings) -> str | None:
    from services.local.stack import STACK_FILE

    for folder in (settings.data_dir, settings.data_dir / "demo"):
        if (note := folder / STACK_FILE).exists():
            servers: str = json.loads(note.read_text())["bootstrap_servers"]
            return servers
    return None
