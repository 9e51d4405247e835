"""What is said where topics cannot be made, or are there and cannot be used."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    InvalidReplicationFactorError,
    LeaderNotAvailableError,
    TopicAlreadyExistsError,
)

from services import topics
from services.settings import Kafka
from services.topics import TopicsDiffer


def answered(kind: type[Any], *message: str) -> Any:
    return SimpleNamespace(topic_errors=[("incidents", kind.errno, *message)])


def test_who_lacks_brokers_is_told_what_to_do() -> None:
    found = r"'incidents': InvalidReplicationFactorError: too few; .*REPLICATION_FACTOR"
    with pytest.raises(TopicsDiffer, match=found):
        topics._check_made(answered(InvalidReplicationFactorError, "too few"))


def test_a_topic_that_another_service_has_just_made_is_no_fault() -> None:
    topics._check_made(answered(TopicAlreadyExistsError, "exists"))


def test_a_topic_without_a_leader_is_not_taken_for_one_of_no_partitions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Leaderless:
        async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
            code = LeaderNotAvailableError.errno
            return [{"topic": name, "error_code": code, "partitions": []} for name in names]

    async def at_once(_seconds: float) -> None:
        pass

    monkeypatch.setattr("services.topics.asyncio.sleep", at_once)
    client = cast(AIOKafkaAdminClient, Leaderless())
    with pytest.raises(TopicsDiffer, match=r"has no leader \(LeaderNotAvailableError\); see that"):
        asyncio.run(topics._check(client, Kafka()))
