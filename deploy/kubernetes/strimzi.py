"""Topics and users for Strimzi's operators, from the tables of topics and of rights."""

from typing import Any

from schemas.topics import TOPICS, Topic
from services.rights import USERS, Right, rights
from services.settings import Kafka

API = "kafka.strimzi.io/v1"
OF_CLUSTER = {"strimzi.io/cluster": "kafka"}
"""The Kafka of kafka.yaml."""

REPLICAS = 3
IN_SYNC = "2"
"""How many copies must have a record before it counts."""

PARTIES = tuple(party for party in USERS if party != "administrators")
"""Who has a user here; topics are made by their own operator."""


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
    """Return a user with the rights that its table gives, and a password that is made for it."""
    return {
        "apiVersion": API,
        "kind": "KafkaUser",
        "metadata": {"name": USERS[party], "labels": OF_CLUSTER},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": [_acl(one) for one in rights(party)]},
        },
    }


def _acl(right: Right) -> dict[str, Any]:
    return {
        "resource": {"type": right.kind, "name": right.name, "patternType": right.pattern},
        "operations": list(right.operations),
    }


def topics() -> list[dict[str, Any]]:
    """Return every topic of the table."""
    return [topic(one) for one in TOPICS]


def users() -> list[dict[str, Any]]:
    """Return every user."""
    return [user(party) for party in PARTIES]
