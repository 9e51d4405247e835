"""Who may do what on Kafka: the one table that users and access rules are made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.topics import ASSESSMENTS, INCIDENTS, TOPICS, Topic
from services.settings import Worker

Operation = Literal["Create", "Read", "Write", "Describe"]
"""What one may do; who may read or write is also told that it is there."""

USERS = {
    "risk worker": "forewarn-worker",
    "ledger": "forewarn-ledger",
    "notifier": "forewarn-notifier",
    "gateway": "forewarn-gateway",
    "operators": "forewarn-operators",
    "importers": "forewarn-importers",
    "upstream systems": "forewarn-upstream",
    "anyone": "forewarn-subscribers",
    "administrators": "forewarn-admin",
}
"""The user of each party; what only replays and demonstrates has none on a cluster."""

GROUP = Worker().group

_OUTSIDE = frozenset({"upstream systems", "anyone"})
"""Whose programs do not look whether all topics are there before they begin."""

_ALSO_WRITES: dict[str, tuple[Topic, ...]] = {
    # `rejected replay` puts reports back.
    "operators": (INCIDENTS,),
}
"""What commands of ours write beside what the table of topics says."""

_ALSO_READS: dict[str, tuple[Topic, ...]] = {
    # Tables that are made anew go by what the models had said.
    "risk worker": (ASSESSMENTS,),
    # `verify` reads all of the log, `alerts ack` what a worker answers, `rejected list` what was
    # put back.
    "operators": TOPICS,
}
"""What processes and commands of ours read beside what the table of topics says."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a user may do to one topic or group, or to all whose name begins so."""

    kind: Literal["topic", "group"]
    name: str
    operations: tuple[Operation, ...]
    pattern: Literal["literal", "prefix"] = "literal"


def rights(party: str, prefix: str = "", group: str = GROUP) -> tuple[Right, ...]:
    """Return what a party needs, and nothing more.

    Parameters
    ----------
    prefix
        What is put before every topic's name.
    group
        The workers' consumer group, which their own topics are named after.
    """
    return (*_of_topics(party, prefix), *_of_workers(party, group))


def _of_topics(party: str, prefix: str) -> Iterator[Right]:
    for topic in TOPICS:
        may = _to(topic, party)
        if may:
            yield Right("topic", prefix + topic.name, may)


def _to(topic: Topic, party: str) -> tuple[Operation, ...]:
    if party == "administrators":
        return ("Create", "Describe")
    may: list[Operation] = []
    if party in topic.read_by or topic in _ALSO_READS.get(party, ()):
        may.append("Read")
    if party in topic.written_by or topic in _ALSO_WRITES.get(party, ()):
        may.append("Write")
    return ("Describe",) if not may and party not in _OUTSIDE else tuple(may)


def _of_workers(party: str, group: str) -> Iterator[Right]:
    """Yield the rights to what is named after the workers' group: tables, and the group itself."""
    if party == "risk worker":
        yield Right("topic", f"{group}-", ("Create", "Read", "Write"), "prefix")
        yield Right("group", group, ("Read",))
        # Who makes tables anew is settled in a group of its own.
        yield Right("group", f"{group}-rebuild", ("Read",))
    elif party == "operators":
        # `verify` holds the workers' tables against the log, as far as they have come.
        yield Right("topic", f"{group}-", ("Read",), "prefix")
        yield Right("group", group, ("Describe",))
    elif party == "ledger":
        # It tells how far the workers are.
        yield Right("group", group, ("Describe",))
    elif party == "anyone":
        # Programs of others may share the alerts among them, in groups that begin so.
        yield Right("group", USERS[party], ("Read",), "prefix")


def commands(party: str, prefix: str = "", group: str = GROUP) -> Iterator[list[str]]:
    """Yield the arguments of Apache Kafka's ``kafka-acls`` that give a party its rights."""
    together: dict[tuple[str, str, tuple[Operation, ...]], list[str]] = {}
    for right in rights(party, prefix, group):
        like = (right.kind, right.pattern, right.operations)
        together.setdefault(like, []).append(right.name)
    for (kind, pattern, operations), names in together.items():
        yield [
            "--add",
            *("--allow-principal", f"User:{USERS[party]}"),
            *(word for operation in operations for word in ("--operation", operation)),
            *(() if pattern == "literal" else ("--resource-pattern-type", "prefixed")),
            *(word for name in names for word in (f"--{kind}", name)),
        ]
