"""The one list of checks, in the order in which they are made."""

from services.doctor import (
    borders,
    broker,
    clock,
    contracts,
    databases,
    folder,
    heartbeats,
    limits,
    model,
    packages,
    ports,
    sealing,
    telling,
    topics,
    variables,
    workers,
)
from services.doctor.examine import Check

_SET = ("settings",)
_REACHED = (*_SET, "broker")
_LOGGED = (*_REACHED, "topics")
_NEAREST = "correct it, or unset it; docs/settings.md lists every setting"
_DATABASE = "see that it runs, and that its URL names host, database, user and password"

CHECKS = (
    Check("packages", packages.check, "install again as docs/deploying.md says"),
    Check("settings", variables.check, _NEAREST),
    Check("data folder", folder.check, "set FOREWARN_DATA_DIR to a folder of yours", _SET),
    Check("open files", limits.check, "see: ulimit -Hn", _SET),
    Check("borders", borders.check, "see: forewarn segments list", _SET),
    Check("schemas", contracts.check, "install again", _SET),
    Check("model", model.check, "see which can be used: forewarn model list", _SET),
    Check("seal key", sealing.check, "make one: openssl rand -base64 32", _SET),
    Check("notifier file", telling.check, "see docs/notifying.md", (*_SET, "borders")),
    Check("ledger database", databases.ledger, _DATABASE, _SET),
    Check("gateway database", databases.gateway, _DATABASE, _SET),
    Check("notifier database", databases.notifier, _DATABASE, _SET),
    Check("gateway port", ports.gateway, "set FOREWARN_GATEWAY__PORT", _SET),
    Check("metrics ports", ports.metrics, "set FOREWARN_METRICS__PORT", _SET),
    Check("broker", broker.check, "start it, or: forewarn up", _SET),
    Check("topics", topics.check, "see that this user may describe topics", _REACHED),
    Check("clock", clock.check, "see: timedatectl", _SET),
    Check("workers", workers.check, "see that this user may describe the group", _LOGGED),
    Check("read model", workers.read_model, _DATABASE, (*_LOGGED, "ledger database")),
    Check(
        "heartbeats",
        heartbeats.check,
        _DATABASE,
        (*_SET, "borders", "notifier file", "notifier database"),
    ),
)
"""Each with all that it rests on."""
