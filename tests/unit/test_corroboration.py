"""Which reports tell of one event, and what that does to the count, the toll and the grade."""

import pytest

from models.domain import days
from models.domain.corroboration import CorroborationRules, grade, heads, pair
from models.domain.days import Day, Said
from models.domain.tallies import Tally
from models.domain.traces import Trace
from schemas.observation import Effect
from tests.builders import KOK_TASH, at, effect, ref

RULES = CorroborationRules()
CHORKUH = (39.9739, 70.5822)
"""5.5 km from Kok-Tash."""


def told(incident_id: str, by: str, **fields: object) -> Effect:
    return effect(incident_id, by=by, sources=(f"agency of {by}",), **fields)


def links(*effects: Effect, said: dict[tuple[str, str], bool] | None = None) -> dict[str, str]:
    return heads(effects, said or {}, RULES)


def test_a_second_source_for_one_event_corroborates_the_earlier_report() -> None:
    first, second = told("I-1", "a"), told("I-2", "b", start=at(2))
    assert links(first, second) == {"I-2": "I-1"}


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(told("I-2", "b", start=at(4)), id="later than the limit"),
        pytest.param(told("I-2", "b", latitude=KOK_TASH[0] + 0.1), id="farther than the limit"),
        pytest.param(told("I-2", "b", sub_event_type="Peaceful protest"), id="another kind"),
        pytest.param(told("I-2", "a"), id="the same publisher"),
        pytest.param(effect("I-2", by="b", sources=("agency of a",)), id="the same source"),
        pytest.param(effect("I-2", by="b"), id="no source named"),
        pytest.param(told("I-2", "b", where="district"), id="a place known too coarsely"),
        pytest.param(told("I-2", "b", latitude=None, longitude=None), id="no place"),
        pytest.param(told("I-2", "b", when="week"), id="a time known too coarsely"),
        pytest.param(told("I-2", "b", deaths=2), id="another toll"),
    ],
)
def test_what_may_be_another_event_is_not_linked(second: Effect) -> None:
    assert links(told("I-1", "a", deaths=1), second) == {}


def test_below_violence_only_the_very_same_kind_is_one_event() -> None:
    works = told("I-1", "a", sub_event_type="Works on contested ground")
    assert links(works, told("I-2", "b", sub_event_type="Talks")) == {}
    assert links(works, told("I-2", "b", sub_event_type="Works on contested ground"))


def test_battles_and_their_sub_events_are_of_one_kind() -> None:
    taken = told("I-2", "b", sub_event_type="Government regains territory")
    assert links(told("I-1", "a"), taken) == {"I-2": "I-1"}


def test_a_time_known_to_the_day_is_near_to_any_of_that_day() -> None:
    assert links(told("I-1", "a"), told("I-2", "b", start=at(9), when="day"))


def test_a_third_source_corroborates_the_first_report_and_not_the_second() -> None:
    third = told("I-3", "c", start=at(2), latitude=CHORKUH[0], longitude=CHORKUH[1])
    assert links(told("I-1", "a"), told("I-2", "b", start=at(1)), third) == {
        "I-2": "I-1",
        "I-3": "I-1",
    }


def test_the_reporter_may_say_what_is_one_event_whatever_the_distance() -> None:
    said = told("I-2", "a", start=at(9), latitude=38.0, deaths=4, corroborates="I-1")
    assert links(told("I-1", "a", deaths=1), said) == {"I-2": "I-1"}


def test_a_report_that_corroborates_what_is_not_there_stands_alone() -> None:
    assert links(told("I-2", "a", corroborates="I-1")) == {}


def test_an_operator_has_the_last_word_both_ways() -> None:
    one, other = told("I-1", "a"), told("I-2", "b")
    assert links(one, other, said={pair("I-2", "I-1"): False}) == {}
    far = told("I-2", "a", start=at(9))
    assert links(one, far, said={pair("I-1", "I-2"): True}) == {"I-2": "I-1"}
    named = told("I-2", "b", corroborates="I-1")
    assert links(one, named, said={pair("I-1", "I-2"): False}) == {}


def test_on_a_day_with_very_many_reports_only_persons_link() -> None:
    crowd = [told(f"I-{n:03}", f"by {n}") for n in range(RULES.most_reports)]
    assert len(links(*crowd)) == RULES.most_reports - 1
    assert links(*crowd, told("J", "j"), said={pair("I-000", "J"): True}) == {"J": "I-000"}


def day(*effects: Effect, said: tuple[Said, ...] = ()) -> Day:
    return days.arranged((Trace(e, ref(n)) for n, e in enumerate(effects)), said, RULES)


def test_linked_reports_count_once_with_the_highest_toll() -> None:
    both = day(told("I-1", "a", deaths=None), told("I-2", "b", deaths=3))
    assert days.tally(1, both) == Tally(1, incidents=1, fatal=1, deaths=3)


def test_a_link_never_hides_a_toll() -> None:
    one, other = told("I-1", "a", deaths=5), told("I-2", "b", deaths=3)
    assert days.tally(1, day(one, other)).deaths == 8, "tolls that differ are two events"
    forced = day(one, other, said=(Said(("I-1", "I-2"), linked=True),))
    assert days.tally(1, forced).deaths == 5
    assert [t.effect.deaths for t in forced.traces] == [5, 3], "each toll stays readable"


def test_unlinking_gives_back_what_the_link_took() -> None:
    one, other = told("I-1", "a", deaths=3), told("I-2", "b", deaths=3)
    assert days.tally(1, day(one, other)).deaths == 3
    apart = days.with_word(day(one, other), Said(("I-1", "I-2"), linked=False), RULES)
    assert days.tally(1, apart) == Tally(1, incidents=2, fatal=2, deaths=6)


@pytest.mark.parametrize(
    ("grades", "together"),
    [
        (("B2", "C3"), "B1"),
        (("C3", "C3"), "C1"),
        (("C4", "D2"), "C3"),
        (("C2", "F6"), "C2"),
        (("E5", "F6"), "E4"),
        (("F6", "F6"), "F6"),
        (("C6", "F6"), "C6"),
        (("D6", "F3"), "D2"),
        (("C6", "C6"), "C1"),
    ],
)
def test_an_independent_source_raises_the_grade(grades: tuple[str, str], together: str) -> None:
    one, other = told("I-1", "a", grade=grades[0]), told("I-2", "b", grade=grades[1])
    assert grade([one, other]) == together
    assert grade([other, one]) == together


def test_the_same_source_told_twice_raises_nothing() -> None:
    one, other = told("I-1", "a", grade="B2"), effect("I-2", by="b", sources=("agency of a",))
    assert grade([one, other]) == "B2"
