"""Writes a command to the log and waits for what a worker makes of it."""

import asyncio
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.event import AlertEvent
from schemas.observation import CommandObservation
from schemas.rejection import Rejection, RejectReason
from schemas.topics import ALERTS, ASSESSMENTS, OBSERVATIONS, REJECTED, Topic
from services import clients, log, topics
from services.alerts.board import read
from services.commands.sending import send
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
    await topics.ensure(kafka)
    async with clients.consumer(kafka) as consumer, clients.producer(kafka) as producer:
        await _from_here_on(consumer, kafka)
        ref = await send(producer, kafka, command)
        heard = Heard(ref, command.segment_id)
        try:
            async with asyncio.timeout(patience_s):
                await _listen(consumer, kafka, heard)
        except TimeoutError:
            msg = (
                f"no worker has answered within {patience_s:.0f} s; the command stands in the log "
                f"({ref.topic}, partition {ref.partition}, offset {ref.offset}) and counts once a "
                "worker reads it; is one running? forewarn topics tail commands"
            )
            raise Unanswered(msg) from None
    if heard.refusal is not None:
        raise Refused(heard.refusal)
    return heard.transitions


async def _from_here_on(consumer: AIOKafkaConsumer, kafka: Kafka) -> None:
    """Read only what is written from now on; where that is, is settled before anything is sent."""
    places = [place for topic in _HEARD for place in _places(topic, kafka)]
    ends = await log.ends(consumer, places)
    for place, end in ends.items():
        consumer.seek(place, end)


async def _listen(consumer: AIOKafkaConsumer, kafka: Kafka, heard: "Heard") -> None:
    """Read until the worker has assessed the command, and then all that it had said by then.

    It writes the assessment last, but topics are read in no common order.
    """
    names = {topics.name(topic, kafka): topic for topic in _HEARD}
    while not heard.answered:
        message = await consumer.getone()
        heard.hear(names[message.topic], message)
    said = [place for topic in (ALERTS, REJECTED) for place in _places(topic, kafka)]
    for place, end in (await consumer.end_offsets(said)).items():
        while await consumer.position(place) < end:
            message = await consumer.getone(place)
            heard.hear(names[message.topic], message)


def _places(topic: Topic, kafka: Kafka) -> list[TopicPartition]:
    name = topics.name(topic, kafka)
    return [TopicPartition(name, partition) for partition in range(kafka.partitions)]


@dataclass
class Heard:
    """What has been heard of one command, ``command``, on the segment that it is about."""

    command: RecordRef
    segment_id: str
    _observed: RecordRef | None = None
    _assessed: set[RecordRef] = field(default_factory=set)
    _alerts: list[Alert] = field(default_factory=list)
    _refusals: dict[RecordRef, Rejection] = field(default_factory=dict)

    def hear(self, topic: Topic, message: ConsumerRecord) -> None:
        """Take in a record of one of the topics; what cannot be read is about something else."""
        said = read(topic, message.value)
        if isinstance(said, CommandObservation):
            mine = said.cause == self.command and said.segment_id == self.segment_id
            # Written again after a crash, it is a repeat that nothing follows from.
            if mine and self._observed is None:
                self._observed = RecordRef(
                    topic=topic.name, partition=message.partition, offset=message.offset
                )
        elif isinstance(said, AlertEvent):
            self._alerts.append(said.data)
        elif isinstance(said, Assessment):
            self._assessed.add(said.observation)
        elif isinstance(said, Rejection):
            self._refusals[said.record] = said

    @property
    def answered(self) -> bool:
        """Whether the worker has done with the command."""
        if self.command in self._refusals or self._observed in self._assessed:
            return True
        failed = self._refusals.get(self._observed) if self._observed else None
        return failed is not None and failed.reason is not RejectReason.NOT_OPEN

    @property
    def refusal(self) -> str | None:
        """Why the command led to nothing; None where it did not."""
        found = (self._refusals.get(ref) for ref in (self.command, self._observed) if ref)
        return next((refusal.detail for refusal in found if refusal is not None), None)

    @property
    def transitions(self) -> list[Alert]:
        """What the command made of the alert of its segment."""
        return [alert for alert in self._alerts if alert.cause == self._observed]
