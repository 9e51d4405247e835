"""Whoever got an alert is told when it rested on an error, however late that is known."""

from datetime import timedelta

from models.domain.risk import HISTORY_DAYS
from models.engine import Engine
from schemas.alert import Alert, Transition
from schemas.command import SilenceCommand
from schemas.observation import CommandObservation, Observed
from schemas.topics import ALERTS
from services import records
from services.records import Delivery
from services.risk.handlers import Assessing
from tests.builders import asserted, at, effect, ref, retracted, tick

CLASH = effect(steps=(5,), deaths=3)


class Desk:
    """The assessing agent, and what it told of alerts."""

    def __init__(self, decisions: Engine) -> None:
        self._agent = Assessing(decisions)
        self._table: dict[bytes, bytes] = {}
        self._next = 0

    def tell(self, *observations: Observed) -> list[Alert]:
        """Hand over observations; return the alerts that follow."""
        found = []
        for observed in observations:
            record = records.observation(observed)
            place = ref(self._next, topic="observations")
            self._next += 1
            delivery = Delivery(place, record.key, record.value, (), record.at)
            (handled,) = self._agent.handle([delivery], self._table)
            handled.store(self._table)
            out = [o for o in handled.outgoing if o.topic is ALERTS]
            found += [ALERTS.value.validate_json(o.value).data for o in out]
        return found

    def resolved(self) -> Alert:
        """Raise an alert by a clash and let time resolve it."""
        told = self.tell(asserted(CLASH), *(tick(at(days=d, hours=12)) for d in range(12)))
        assert [a.transition for a in told] == [Transition.RAISED, Transition.RESOLVED]
        return told[-1]


def test_an_alert_that_was_resolved_is_corrected_when_its_report_is_withdrawn(
    decisions: Engine,
) -> None:
    desk = Desk(decisions)
    last = desk.resolved()
    (told,) = desk.tell(retracted(CLASH, offset=1, recorded=at(days=400)))
    assert (told.transition, told.reason) == ("corrected", "incident-retracted")
    assert (told.alert_id, told.sequence) == (last.alert_id, last.sequence + 1)
    assert told.level == "normal"
    assert told.recorded_at == at(days=400)
    assert "I-1 was retracted: Armed clash at Kok-Tash on 2021-04-29, 3 deaths." in told.explanation


def test_a_correction_of_a_resolved_alert_within_a_silence_says_until_when(
    decisions: Engine,
) -> None:
    desk = Desk(decisions)
    last = desk.resolved()
    quiet = SilenceCommand(
        kind="silence",
        segment_id=last.segment_id,
        author="duty officer",
        silence_id="S",
        starts=at(days=399),
        ends=at(days=401),
    )
    said = CommandObservation(
        segment_id=last.segment_id,
        traffic=last.traffic,
        recorded_at=at(days=399),
        cause=ref(0, topic="commands"),
        command=quiet,
    )
    assert desk.tell(said) == []
    (told,) = desk.tell(retracted(CLASH, offset=1, recorded=at(days=400)))
    assert (told.transition, told.silenced_until) == ("corrected", at(days=401))


def test_each_correction_of_its_report_is_told_once_more(decisions: Engine) -> None:
    desk = Desk(decisions)
    last = desk.resolved()
    worse = effect(revision=2, steps=(5,), deaths=13)
    (told,) = desk.tell(asserted(worse, offset=1, recorded=at(days=400), replaces=CLASH))
    assert (told.transition, told.reason) == ("corrected", "incident-revised")
    assert "I-1 was Armed clash at Kok-Tash on 2021-04-29, 3 deaths; now" in told.explanation
    assert "13 deaths." in told.explanation
    (again,) = desk.tell(retracted(worse, offset=2, recorded=at(days=401)))
    assert (again.alert_id, again.sequence) == (last.alert_id, last.sequence + 2)


def test_a_confirmation_corrects_nothing(decisions: Engine) -> None:
    desk = Desk(decisions)
    desk.resolved()
    same = CLASH.model_copy(update={"revision": 2})
    assert desk.tell(asserted(same, offset=1, recorded=at(days=400), replaces=CLASH)) == []
    (told,) = desk.tell(retracted(same, offset=2, recorded=at(days=401)))
    assert told.transition == "corrected"


def test_a_report_that_the_alert_never_named_corrects_nothing(decisions: Engine) -> None:
    desk = Desk(decisions)
    desk.resolved()
    late = effect("I-2", start=at(days=-30), deaths=1)
    assert desk.tell(asserted(late, offset=1, recorded=at(days=399))) == []
    assert desk.tell(retracted(late, offset=2, recorded=at(days=400))) == []


def test_an_alert_is_corrected_for_as_long_as_its_incidents_are_remembered(
    decisions: Engine,
) -> None:
    desk = Desk(decisions)
    desk.resolved()
    other = effect("I-2", start=at(days=HISTORY_DAYS), steps=(5,))
    raised = desk.tell(asserted(other, offset=1, recorded=at(days=HISTORY_DAYS + 20)))
    assert [a.transition for a in raised] == []
    far = at(days=HISTORY_DAYS) + timedelta(days=20)
    late = effect("I-3", start=far, steps=(5,))
    (told,) = desk.tell(asserted(late, offset=2, recorded=far))
    assert told.transition == "raised"
    assert desk.tell(retracted(CLASH, offset=3, recorded=far)) == []


def test_an_open_alert_and_a_resolved_one_are_both_corrected(decisions: Engine) -> None:
    desk = Desk(decisions)
    first = desk.resolved()
    (second,) = desk.tell(
        asserted(effect("I-2", start=at(days=13), steps=(5,)), offset=1, recorded=at(days=13))
    )
    assert {i.incident_id for i in second.incidents} == {"I-1", "I-2"}
    told = desk.tell(retracted(CLASH, offset=2, recorded=at(days=13, hours=1)))
    assert [(a.alert_id, a.transition) for a in told] == [
        (first.alert_id, "corrected"),
        (second.alert_id, "corrected"),
    ]
