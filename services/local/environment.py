"""Gives another process the same settings: as the variables that it reads."""

import json
import os
from collections.abc import Iterator

from pydantic import BaseModel, SecretStr

from services.settings import Settings
from services.variables import PREFIX


def inherited(settings: Settings) -> dict[str, str]:
    """Return our own variables with ``settings`` in the place of whatever was set of them."""
    others = {name: said for name, said in os.environ.items() if not name.startswith(PREFIX)}
    return others | environment(settings)


PORTS = ("worker", "ledger", "notifier", "gateway")
"""Which process of a stack has which metrics port: that of the settings, then the next ones."""


def measured(settings: Settings, env: dict[str, str], process: str) -> dict[str, str]:
    """Return ``env`` with a metrics port of the process's own, where the settings want metrics."""
    first = settings.metrics.port
    if first is None:
        return env
    return env | {f"{PREFIX}METRICS__PORT": str(first + PORTS.index(process))}


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give another process the same settings."""
    return dict(_variables("FOREWARN", settings))


def _variables(prefix: str, model: BaseModel) -> Iterator[tuple[str, str]]:
    plain = model.model_dump(mode="json")
    for name in type(model).model_fields:
        value, key = getattr(model, name), f"{prefix}_{name}".upper()
        if isinstance(value, BaseModel):
            yield from _variables(f"{key}_", value)
        elif isinstance(value, SecretStr):
            yield key, value.get_secret_value()
        elif isinstance(value, tuple):
            yield key, json.dumps(value)
        elif value is not None:
            yield key, str(plain[name])
