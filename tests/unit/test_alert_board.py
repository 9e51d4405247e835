"""The alerts of the log as an operator looks at them."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.command import AnyCommand, ExpireSilenceCommand, SilenceCommand
from schemas.incident import Traffic
from services.alerts.board import Choice, NoSuchAlert, episodes, in_force, named
from tests.builders import NOON, at
from tests.ledger.builders import alert as a_transition

SAID = {"segment_id": "KGZ-TJK-050-02", "author": "duty officer"}


def alert(name: str = "A", sequence: int = 1, **changes: Any) -> Alert:
    """Return a transition of an alert."""
    return a_transition(sequence, **{"alert_id": name, "segment_id": SAID["segment_id"]} | changes)


def test_a_transition_that_was_published_twice_is_told_once_and_all_in_order() -> None:
    (told,) = episodes([alert(sequence=2), alert(), alert(sequence=2)])
    assert [t.sequence for t in told.transitions] == [1, 2]


def test_the_alert_that_was_opened_last_comes_first() -> None:
    told = episodes([alert("A", opened_at=at(1)), alert("B", opened_at=at(2))])
    assert [one.alert_id for one in told] == ["B", "A"]


def test_an_alert_that_was_corrected_after_its_end_stays_over() -> None:
    resolved = alert(sequence=2, transition=Transition.RESOLVED, recorded_at=at(1))
    corrected = alert(sequence=3, transition=Transition.CORRECTED, recorded_at=at(2))
    (told,) = episodes([alert(), resolved, corrected])
    assert told.resolved_at == at(1)


@pytest.mark.parametrize(
    ("choice", "matches"),
    [
        (Choice(), True),
        (Choice("KGZ-TJK"), True),
        (Choice("KGZ-TJK-050-02"), True),
        (Choice("KGZ-TJK-050-03"), False),
        (Choice(least=Level.WARNING), False),
        (Choice(traffic=Traffic.EXERCISE), False),
    ],
)
def test_a_choice_is_by_place_level_and_traffic(choice: Choice, matches: bool) -> None:
    (told,) = episodes([alert()])
    assert choice.matches(told) is matches


def test_what_is_over_is_chosen_only_when_asked_for_and_by_its_worst_level() -> None:
    over = alert(sequence=2, transition=Transition.RESOLVED, level=Level.NORMAL)
    (told,) = episodes([alert(level=Level.WARNING), over])
    assert not Choice().matches(told)
    assert Choice(closed=True, least=Level.WARNING).matches(told)
    assert not Choice(closed=True, least=Level.CRITICAL).matches(told)


def test_an_alert_is_named_by_its_id_or_the_open_one_by_its_segment() -> None:
    over = [alert("A"), alert("A", 2, transition=Transition.EXPIRED)]
    told = episodes([*over, alert("B")])
    assert named("A", told, Traffic.ACTUAL).alert_id == "A"
    assert named("KGZ-TJK-050-02", told, Traffic.ACTUAL).alert_id == "B"
    with pytest.raises(NoSuchAlert, match="no alert"):
        named("KGZ-TJK-050-02", episodes(over), Traffic.ACTUAL)


def test_a_misspelt_alert_is_answered_with_the_nearest() -> None:
    with pytest.raises(NoSuchAlert, match="KGZ-TJK-050-02:20210428T130000"):
        named(
            "KGZ-TJK-050-02:20210428T1300",
            episodes([alert("KGZ-TJK-050-02:20210428T130000.000000Z")]),
            Traffic.ACTUAL,
        )


def silence(name: str, hours: float) -> SilenceCommand:
    return SilenceCommand(kind="silence", silence_id=name, starts=NOON, ends=at(hours), **SAID)


def test_silences_in_force_are_those_that_have_neither_ended_nor_been_ended() -> None:
    gone = ExpireSilenceCommand(kind="expire-silence", silence_id="B", **SAID)
    said: list[AnyCommand] = [
        silence("A", 4),
        silence("B", 4),
        silence("C", 1),
        silence("A", 3),
        gone,
    ]
    found = in_force(said, NOON + timedelta(hours=2))
    assert [(s.silence_id, s.ends) for s in found] == [("A", at(3))]
