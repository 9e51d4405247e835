"""Whether the topics are there as the table of topics has them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import TOPICS, Topic
from services import clients, topics
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, together, warning
from services.settings import Kafka

_IN_SYNC = "min.insync.replicas"
_LOSES = ("cleanup.policy", "retention.ms", "retention.bytes")
"""With other values of these a broker deletes what is to be kept for ever."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A topic as the cluster has it.

    Parameters
    ----------
    copies
        Of the partition that has fewest.
    behind
        Partitions of which a copy has not all records, or is away.
    leaderless
        Partitions that nobody can read or write.
    settings
        None where the broker does not tell them.
    """

    partitions: int
    copies: int
    behind: int
    leaderless: int
    settings: Mapping[str, str] | None


async def check(case: Case) -> Finding:
    """Hold each topic of the table against the cluster's."""
    kafka = case.reached.kafka
    async with clients.admin(kafka) as admin:
        there = set(await admin.list_topics())
        names = [name for t in TOPICS if (name := topics.name(t, kafka)) in there]
        seen = await _seen(admin, names)
    return judge(kafka, seen)


def judge(kafka: Kafka, seen: Mapping[str, Seen]) -> Finding:
    """Return whether the topics of a cluster are those of the table, by their names there."""
    faults = []
    missing = [name for t in TOPICS if (name := topics.name(t, kafka)) not in seen]
    if missing:
        faults.append(failed(f"missing: {', '.join(missing)}", "run: forewarn topics create"))
    for topic in TOPICS:
        name = topics.name(topic, kafka)
        if name in seen:
            faults += _laid_out(name, seen[name], kafka)
            faults += _set(topic, name, seen[name].settings)
    if any(one.settings is None for one in seen.values()):
        faults.append(
            warning(
                "the broker does not tell how long it keeps them",
                "let this user describe the settings of topics",
            )
        )
    copies = min((one.copies for one in seen.values()), default=0)
    fine = f"{len(seen)} of {kafka.partitions} partitions; copies of each: {copies}; kept for ever"
    return together(faults, fine)


def _laid_out(name: str, seen: Seen, kafka: Kafka) -> Iterator[Finding]:
    if seen.partitions != kafka.partitions:
        yield failed(
            f"{name} has {seen.partitions} partitions, the settings say {kafka.partitions}",
            f"set FOREWARN_KAFKA__PARTITIONS={seen.partitions}, or use another "
            "FOREWARN_KAFKA__TOPIC_PREFIX",
        )
    if seen.leaderless:
        yield failed(
            f"{name}: {seen.leaderless} partitions have no leader", "start the brokers that have it"
        )
    elif seen.behind:
        yield warning(
            f"{name}: {seen.behind} partitions have a copy that is away or behind",
            "see which broker is down, or slow",
        )
    if seen.copies < kafka.replication_factor:
        yield warning(
            f"{name} has {seen.copies} copies, the settings say {kafka.replication_factor}",
            "add copies with kafka-reassign-partitions.sh",
        )
    in_sync = (seen.settings or {}).get(_IN_SYNC)
    if seen.copies >= 3 and in_sync == "1":
        yield warning(
            f"{name}: {_IN_SYNC} is 1, so that one disk may hold what was acknowledged",
            _alter(name, _IN_SYNC, "2"),
        )


def _set(topic: Topic, name: str, settings: Mapping[str, str] | None) -> Iterator[Finding]:
    """Yield the settings that differ; a broker that does not know one is no fault of its topic."""
    for key, wanted in topic.settings.items():
        found = (settings or {}).get(key, wanted)
        if found == wanted:
            continue
        if key == "max.message.bytes" and int(found) > int(wanted):
            continue
        told = f"{name}: {key} is {found}; expected {wanted}"
        if key in _LOSES:
            yield failed(f"{told}, or records are lost", _alter(name, key, wanted))
        else:
            yield warning(told, _alter(name, key, wanted))


def _alter(name: str, key: str, value: str) -> str:
    return f"run: kafka-configs.sh --alter --topic {name} --add-config {key}={value}"


async def _seen(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, Seen]:
    if not names:
        return {}
    settings = await _settings(admin, names)
    return {
        one["topic"]: _as_seen(one["partitions"], settings.get(one["topic"]))
        for one in await admin.describe_topics(list(names))
    }


def _as_seen(partitions: Sequence[Mapping[str, Any]], settings: Mapping[str, str] | None) -> Seen:
    return Seen(
        partitions=len(partitions),
        copies=min((len(p["replicas"]) for p in partitions), default=0),
        behind=sum(len(p["isr"]) < len(p["replicas"]) for p in partitions),
        leaderless=sum(p["leader"] < 0 for p in partitions),
        settings=settings,
    )


async def _settings(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, Mapping[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, Mapping[str, str]] = {}
    for response in await admin.describe_configs(asked):
        for one in response.to_object()["resources"]:
            # Without the right to see them, or on a broker that does not tell, there are none.
            if not one["error_code"] and one["config_entries"]:
                entries = {e["config_names"]: e["config_value"] for e in one["config_entries"]}
                found[one["resource_name"]] = entries
    return found
