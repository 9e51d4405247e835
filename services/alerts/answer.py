"""Writes a command to the log and waits for what a worker makes of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.alert import Alert
from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.observation import CommandObservation
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, OBSERVATIONS, REJECTED, Topic
from schemas.versions import decode
from services import clients, topics
from services.faults import Fault
from services.settings import Kafka

PATIENCE_S = 30.0
"""How long a worker may take to answer [s]."""

_HEARD = (OBSERVATIONS, ALERTS, ASSESSMENTS, REJECTED)


class Refused(Fault):
    """A worker has answered that the command leads to nothing, and why."""


class Unanswered(Fault):
    """No worker has answered in time; the command stays in the log."""


async def say(kafka: Kafka, command: AnyCommand, patience_s: float = PATIENCE_S) -> list[Alert]:
    """Write a command; return the transitions that it made of the alert of its segment.

    Of a border, those of the border as a whole: its segments answer for themselves.

    Raises
    ------
    Refused
        It leads to nothing, for the reason that is given.
    Unanswered
        No worker has read it in time.
    """
    async with clients.consumer(kafka) as consumer, clients.producer(kafka) as producer:
        await _from_here_on(consumer, kafka)
        sent = await producer.send_and_wait(
            topics.name(COMMANDS, kafka),
            command.model_dump_json().encode(),
            key=command.segment_id.encode(),
        )
        ref = RecordRef(topic=COMMANDS.name, partition=sent.partition, offset=sent.offset)
        listening = _Listening(ref, command.segment_id)
        names = {topics.name(topic, kafka): topic for topic in _HEARD}
        try:
            async with asyncio.timeout(patience_s):
                while not listening.done:
                    message = await consumer.getone()
                    listening.hear(names[message.topic], message)
        except TimeoutError:
            msg = (
                f"no worker has answered within {patience_s:.0f} s; the command stands in the log "
                f"({ref.topic}, partition {ref.partition}, offset {ref.offset}) and counts once a "
                "worker reads it; is one running? forewarn topics tail commands"
            )
            raise Unanswered(msg) from None
    if listening.refusal is not None:
        raise Refused(listening.refusal)
    return listening.transitions


async def _from_here_on(consumer: AIOKafkaConsumer, kafka: Kafka) -> None:
    """Read only what is written from now on; where that is, is settled before anything is sent."""
    places = [
        TopicPartition(topics.name(topic, kafka), p)
        for topic in _HEARD
        for p in range(kafka.partitions)
    ]
    ends = await consumer.end_offsets(places)
    consumer.assign(places)
    for place, end in ends.items():
        consumer.seek(place, end)


@dataclass
class _Listening:
    """What has been heard of one command; topics are read in no common order."""

    command: RecordRef
    segment_id: str
    refusal: str | None = None
    _observed: RecordRef | None = None
    _assessed: set[RecordRef] = field(default_factory=set)
    _alerts: list[Alert] = field(default_factory=list)
    _refusals: dict[RecordRef, str] = field(default_factory=dict)

    def hear(self, topic: Topic, message: ConsumerRecord) -> None:
        """Take in a record of one of the topics."""
        said: Any = decode(topic, message.value or b"")
        if topic is OBSERVATIONS:
            mine = isinstance(said, CommandObservation) and said.cause == self.command
            if mine and said.segment_id == self.segment_id:
                self._observed = RecordRef(
                    topic=topic.name, partition=message.partition, offset=message.offset
                )
        elif topic is ALERTS:
            self._alerts.append(said.data)
        elif topic is ASSESSMENTS:
            self._assessed.add(said.observation)
        else:
            self._refusals[said.record] = said.detail
        own = (self.command, self._observed)
        self.refusal = next((self._refusals[ref] for ref in own if ref in self._refusals), None)

    @property
    def done(self) -> bool:
        """Whether the worker has said all: it writes the assessment after everything else."""
        refused = self.command in self._refusals
        return refused or (self._observed is not None and self._observed in self._assessed)

    @property
    def transitions(self) -> list[Alert]:
        """What the command made of the alert of its segment."""
        return [alert for alert in self._alerts if alert.cause == self._observed]
