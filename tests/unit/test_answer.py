"""What is heard of a command: topics are read in no common order, and hold more than that."""

from dataclasses import dataclass

from aiokafka import ConsumerRecord
from pydantic import BaseModel

from models.domain.intake import Refusal
from schemas.command import AcknowledgeCommand
from schemas.observation import CommandObservation
from schemas.rejection import RejectReason
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, OBSERVATIONS, REJECTED, Topic
from services import records
from services.alerts.answer import Heard
from services.dead_letters import rejection
from services.records import Delivery
from tests.agents.fakes import record
from tests.builders import NOON, SEGMENT, ref
from tests.ledger.builders import alert, assessment

COMMAND = ref(7, topic=COMMANDS.name)
SAID = AcknowledgeCommand(
    kind="acknowledge", segment_id=SEGMENT, alert_id="A", author="duty officer"
)


@dataclass
class Log:
    """Feeds a hearing with records."""

    heard: Heard

    def append(self, topic: Topic, value: bytes | None, offset: int = 0) -> None:
        message: ConsumerRecord = record(offset, value)
        self.heard.hear(topic, message)

    def observed(self, offset: int = 3, segment_id: str = SEGMENT) -> None:
        said = CommandObservation(
            segment_id=segment_id,
            traffic=SAID.traffic,
            recorded_at=NOON,
            cause=COMMAND,
            command=SAID,
        )
        self.append(OBSERVATIONS, raw(said), offset)

    def assessed(self, offset: int = 3) -> None:
        said = assessment(observation=ref(offset, topic=OBSERVATIONS.name))
        self.append(ASSESSMENTS, raw(said))

    def rejected(self, topic: Topic, offset: int, reason: RejectReason) -> None:
        lost = Delivery(ref(offset, topic=topic.name), b"", b"", (), NOON)
        self.append(REJECTED, rejection(lost, Refusal(reason, "not there")).value)


def raw(said: BaseModel) -> bytes:
    return said.model_dump_json().encode()


def log() -> Log:
    return Log(Heard(COMMAND, SEGMENT))


def test_a_command_is_answered_once_it_is_assessed_whatever_is_read_first() -> None:
    one, other = log(), log()
    one.observed()
    assert not one.heard.answered
    one.assessed()
    other.assessed()
    other.observed()
    assert one.heard.answered
    assert other.heard.answered


def test_what_follows_from_the_command_is_what_its_observation_caused() -> None:
    said = log()
    said.append(ALERTS, records.alert(alert(cause=ref(3, topic=OBSERVATIONS.name))).value)
    said.append(ALERTS, records.alert(alert(2, cause=ref(4, topic=OBSERVATIONS.name))).value)
    said.observed()
    assert [a.sequence for a in said.heard.transitions] == [1]


def test_an_observation_that_was_written_again_is_not_waited_for() -> None:
    said = log()
    said.observed(3)
    said.observed(4)
    said.assessed(3)
    assert said.heard.answered


def test_the_same_command_on_another_segment_is_not_it() -> None:
    said = log()
    said.observed(segment_id="KGZ-TJK-050-03")
    said.assessed()
    assert not said.heard.answered


def test_a_refusal_of_the_command_itself_answers_it() -> None:
    said = log()
    said.rejected(COMMANDS, 7, RejectReason.INVALID)
    assert said.heard.answered
    assert said.heard.refusal == "not there"


def test_an_answer_is_waited_for_until_the_worker_has_said_all() -> None:
    said = log()
    said.observed()
    said.rejected(OBSERVATIONS, 3, RejectReason.NOT_OPEN)
    assert not said.heard.answered
    said.assessed()
    assert said.heard.answered
    assert said.heard.refusal == "not there"


def test_an_observation_that_failed_has_no_assessment_to_wait_for() -> None:
    said = log()
    said.observed()
    said.rejected(OBSERVATIONS, 3, RejectReason.FAILED)
    assert said.heard.answered


def test_what_cannot_be_read_is_about_something_else() -> None:
    said = log()
    for value in (None, b"", b"{", b"{}"):
        for topic in (OBSERVATIONS, ALERTS, ASSESSMENTS, REJECTED):
            said.append(topic, value)
    assert not said.heard.answered
