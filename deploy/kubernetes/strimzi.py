"""Topics and users for Strimzi's operators, from the one table of topics."""

from collections.abc import Iterator
from typing import Any

from schemas.topics import TOPICS, Topic
from services.settings import Kafka, Worker

API = "kafka.strimzi.io/v1"
OF_CLUSTER = {"strimzi.io/cluster": "kafka"}
"""The Kafka of kafka.yaml."""

REPLICAS = 3
IN_SYNC = "2"
"""How many copies must have a record before it counts."""

USERS = {
    "risk worker": "forewarn-worker",
    "ledger": "forewarn-ledger",
    "notifier": "forewarn-notifier",
    "gateway": "forewarn-gateway",
    "operators": "forewarn-operators",
    "importers": "forewarn-importers",
    "upstream systems": "forewarn-upstream",
}
"""Who of the table has a user; what only replays and demonstrates has none on a cluster."""

ANYONE = "anyone"

GROUP = Worker().group


def topic(one: Topic) -> dict[str, Any]:
    """Return a topic as its operator makes it."""
    return {
        "apiVersion": API,
        "kind": "KafkaTopic",
        "metadata": {"name": one.name, "labels": OF_CLUSTER},
        "spec": {
            "partitions": Kafka().partitions,
            "replicas": REPLICAS,
            "config": one.settings | {"min.insync.replicas": IN_SYNC},
        },
    }


def user(party: str) -> dict[str, Any]:
    """Return a user with the rights that the table gives, and a password that is made for it."""
    return {
        "apiVersion": API,
        "kind": "KafkaUser",
        "metadata": {"name": USERS[party], "labels": OF_CLUSTER},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(_rights(party))},
        },
    }


def _rights(party: str) -> Iterator[dict[str, Any]]:
    for one in TOPICS:
        # Each process looks whether all topics are there before it begins.
        may = ["Describe"]
        if party in one.written_by:
            may.append("Write")
        if party in one.read_by or ANYONE in one.read_by:
            may.append("Read")
        yield _right("topic", one.name, may)
    if party == "risk worker":
        # Its tables, and which form of states they hold.
        yield _right("topic", f"{GROUP}-", ["All"], "prefix")
        yield _right("group", GROUP, ["Read", "Describe"], "prefix")
    if party == "ledger":
        # It tells how far the workers are.
        yield _right("group", GROUP, ["Describe"])


def _right(kind: str, name: str, may: list[str], pattern: str = "literal") -> dict[str, Any]:
    return {
        "resource": {"type": kind, "name": name, "patternType": pattern},
        "operations": may,
    }


def topics() -> list[dict[str, Any]]:
    """Return every topic of the table."""
    return [topic(one) for one in TOPICS]


def users() -> list[dict[str, Any]]:
    """Return every user."""
    return [user(party) for party in USERS]
