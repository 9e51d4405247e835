"""What is read of a topic is all that there is, or an error."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import OffsetOutOfRangeError

from schemas.topics import COMMANDS
from services import clients, log, topics
from services.local.broker import BrokerKind
from services.settings import Settings
from tests.conftest import kind_under_test


@pytest.mark.skipif(
    kind_under_test() is not BrokerKind.KAFKA, reason="Tansu deletes no records before their time"
)
async def test_what_is_deleted_while_it_is_read_is_an_error_and_not_skipped(
    settings: Settings,
) -> None:
    """At its client's own policy a reader would go on at the end, as if it had seen all."""
    kafka = settings.kafka
    await topics.ensure(kafka)
    at = TopicPartition(topics.name(COMMANDS, kafka), 0)
    async with clients.producer(kafka) as producer:
        for number in range(10):
            await producer.send_and_wait(at.topic, b"%d" % number, partition=at.partition)
    async with log.reader(kafka) as reader, clients.admin(kafka) as admin:
        beginning = reader._consumer.beginning_offsets

        async def then_trimmed(places: list[TopicPartition]) -> Any:
            """Delete what stands before the sixth record, once it is known where to begin."""
            known = await beginning(places)
            await admin.delete_records({at: RecordsToDelete(before_offset=5)})
            return known

        reader._consumer.beginning_offsets = then_trimmed
        with pytest.raises(OffsetOutOfRangeError):
            assert not [batch async for batch in reader.messages(COMMANDS, {0: 10})]
        reader._consumer.beginning_offsets = beginning
        (batch,) = [batch async for batch in reader.messages(COMMANDS, {0: 10})]
    assert [record.offset for record in batch] == [5, 6, 7, 8, 9]
