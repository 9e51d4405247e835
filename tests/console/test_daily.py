"""The daily report: what is of a day and what is not, by what was known when, and in what words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import Toll, Traffic
from services.console.daily import wording
from services.console.daily.account import Account, accounts
from services.console.daily.day import FIRST, LAST, MOMENT, asked_day, day_of
from services.console.daily.digest import Asked, Digest, digest
from services.console.daily.page import running_head
from services.console.daily.totals import losses, told, worst
from services.console.view import View
from services.console.words import Words
from services.gateway.problems import Problem
from services.ledger.store import Store
from tests.builders import NOON, at, report
from tests.console.days_story import DAY, GONE, LATE, LONG, OLD, PLACE, VAGUE, days
from tests.console.story import HEARSAY, SECOND, SHOTS
from tests.ledger.builders import Tape, alert

EN, RU = Words("en"), Words("ru")

BORDERS = {PLACE: "KGZ-TJK", "KGZ-TJK": "KGZ-TJK", "KGZ-UZB-050-01": "KGZ-UZB"}

NOW = at(days=30)

ONE = timedelta(days=1)

Read = Callable[..., Digest | None]


@pytest.fixture
def tape(ledger: Engine) -> Tape:
    """The log of the days."""
    tape = Tape()
    days(tape)
    tape.feed(Store(ledger))
    return tape


@pytest.fixture
def read(ledger: Engine, tape: Tape) -> Read:
    """Reads the digest of a day."""
    assert tape.records

    def read(day: date | None = DAY, view: View | None = None) -> Digest | None:
        asked = Asked(view or View(), day, None)
        return digest(ledger, asked, lambda _heard: NOW, set(BORDERS))

    return read


def border(found: Digest | None) -> Account:
    """Return what is told of the border."""
    assert found is not None
    return next(one for one in accounts(found, BORDERS) if one.border_id == "KGZ-TJK")


def test_a_day_is_told_as_it_was_known_at_its_end_unless_it_is_not_over() -> None:
    end = NOON + timedelta(hours=12)
    over = day_of(DAY, None, NOW)
    assert (over.until, over.last, over.over, over.begun) == (
        end - MOMENT,
        end - MOMENT,
        True,
        True,
    )
    today = day_of(DAY, None, NOON)
    assert (today.until, today.last, today.over) == (NOON, NOON, False)
    later = day_of(DAY, at(days=3), NOW)
    assert (later.until, later.last, later.over) == (at(days=3), end - MOMENT, True)
    assert not day_of(DAY, at(days=-1), NOW).begun


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2021-04-31", f"{FIRST - timedelta(days=1)}", f"{LAST + timedelta(days=1)}"],
)
def test_what_is_no_day_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(Problem, match="day: found"):
        asked_day(text)


def test_a_day_is_asked_for_by_its_date_or_not_at_all() -> None:
    assert [asked_day(text) for text in ("2021-04-29", "", None)] == [DAY, None, None]


def test_the_last_day_that_is_known_of_is_told_where_none_is_asked_for(
    read: Read, ledger: Engine
) -> None:
    found, then = read(None), read(None, View(as_of=at(3)))
    assert found is not None
    assert then is not None
    assert (found.day.on, then.day.on) == (DAY + timedelta(days=1), DAY)
    exercise = Asked(View(traffic=Traffic.EXERCISE), None, None)
    heard = digest(ledger, exercise, lambda _heard: NOW, set(BORDERS))
    assert heard is not None
    assert (heard.day.on, heard.after) == (DAY, {})


def test_of_an_empty_ledger_there_is_no_digest(ledger: Engine) -> None:
    assert digest(ledger, Asked(View(), DAY, None), lambda _heard: NOW, set(BORDERS)) is None


def test_incidents_are_those_that_began_on_the_day_and_those_that_went_on(read: Read) -> None:
    items = {item.report.incident_id: item for item in border(read()).items}
    assert set(items) == {SHOTS, HEARSAY, SECOND, LONG}
    assert [name for name, item in items.items() if item.goes_on] == [LONG]
    assert [name for name, item in items.items() if item.retracted] == [HEARSAY]
    assert items[HEARSAY].why == "they were combine harvesters"
    assert items[SHOTS].report.fatalities.best == 3
    assert (items[SECOND].head, items[SHOTS].head) == (SHOTS, None)
    assert (items[SHOTS].grade, items[HEARSAY].grade) == ("B2", None)


def test_what_was_recorded_after_the_day_is_not_told_of_it_unless_it_is_asked_for(
    read: Read,
) -> None:
    later = {i.report.incident_id: i for i in border(read(view=View(as_of=at(days=2)))).items}
    assert later[SHOTS].report.fatalities.best == 9
    early = border(read(view=View(as_of=at(2.5))))
    assert {item.report.incident_id for item in early.items} == {SHOTS, LONG}
    assert early.alerts[-1].transition is Transition.RAISED


def test_what_became_known_of_other_days_is_told_with_what_was_known_before(read: Read) -> None:
    news = {one.report.incident_id: one for one in border(read()).news}
    assert set(news) == {LATE, GONE, VAGUE}
    assert (news[LATE].before, news[LATE].report.fatalities.best) == (None, 1)
    assert (news[GONE].status, news[GONE].why) == ("retracted", "it was a film")
    assert news[GONE].place_ids == [PLACE]
    assert [wording.news(EN, news[name]) for name in (LATE, GONE)] == [
        "reported for the first time; killed: 1",
        "",
    ]
    after = border(read(DAY + timedelta(days=1))).news
    assert [one.report.incident_id for one in after] == [SHOTS]
    assert wording.news(EN, after[0]) == "killed: 3 (2-5), now 9"


def test_a_report_that_came_after_a_later_one_of_its_incident_is_no_news(
    tape: Tape, read: Read, ledger: Engine
) -> None:
    old = report(incident_id=SHOTS, revision=1, summary="An old report.", deaths=7)
    tape.incident(old, at(days=2))
    tape.assess(at(days=2), segment_id=PLACE)
    tape.feed(Store(ledger))
    assert border(read(DAY + timedelta(days=2))).news == []


def test_events_are_counted_once_on_their_first_day_and_retracted_ones_not_at_all(
    read: Read,
) -> None:
    found = border(read())
    # Of the day the shots, which two reports tell of; before it the old one, the late one and the
    # long one; known to the month: none.
    assert (len(found.today), len(found.earlier)) == (1, 3)
    assert told(EN, losses(event.killed for event in found.today)) == "3 (2-5)"
    earlier = told(EN, losses(event.killed for event in found.earlier))
    assert earlier == "1; unknown of 1 more"
    assert border(read(DAY - timedelta(days=1))).quiet is False


def test_an_operator_who_tells_two_reports_apart_makes_them_two_events(read: Read) -> None:
    found = read()
    assert found is not None
    apart = replace(found, said={PLACE: {(SHOTS, SECOND): False}})
    assert (len(border(found).today), len(border(apart).today)) == (1, 2)
    assert {item.head for item in border(apart).items} == {None}


def test_levels_are_those_at_the_end_of_the_day_beside_those_before_it(read: Read) -> None:
    moved = border(read()).moved
    assert [(m.place_id, m.changed) for m in moved] == [(PLACE, True)]
    assert wording.way(EN, moved[0]) == "▲ rose"
    assert wording.chance(moved[0]) == "13.0 (+12.0)"
    after = border(read(DAY + timedelta(days=1))).moved
    assert [wording.way(EN, m) for m in after] == ["▼ fell"]
    assert wording.standing(EN, border(read()).levels) == "▲ watch: 1; ? no data: 1"


def test_a_place_that_was_first_assessed_and_is_at_normal_has_not_changed(read: Read) -> None:
    first = border(read(DAY - timedelta(days=1)))
    assert first.levels == {Level.NORMAL: 1, None: 1}
    assert first.moved == []


def test_alerts_are_told_one_by_one_and_what_operators_did_by_number(
    tape: Tape, read: Read, ledger: Engine
) -> None:
    tape.alert(alert(1, at(1), alert_id="A-2", transition=Transition.ACKNOWLEDGED))
    tape.feed(Store(ledger))
    found = border(read())
    assert [t.transition for t in found.alerts] == [Transition.RAISED, Transition.RESOLVED]
    assert wording.transitions(EN, found.others) == "acknowledged: 1"


def test_heartbeats_and_the_age_of_the_data_are_those_of_the_end_of_the_day(read: Read) -> None:
    found, before = read(), read(DAY - timedelta(days=1))
    assert found is not None
    assert before is not None
    assert (found.heard, found.beat) == (at(11), at(11))
    assert (before.heard, before.beat) == (at(8 - 30), None)


def test_a_border_of_which_there_is_nothing_to_tell_is_quiet(read: Read) -> None:
    found = read()
    assert found is not None
    quiet = {one.border_id: one.quiet for one in accounts(found, BORDERS)}
    assert quiet == {"KGZ-TJK": False, "KGZ-UZB": True}


def test_an_incident_of_days_ago_is_of_its_own_day_alone(read: Read) -> None:
    items = border(read(DAY - timedelta(days=3))).items
    assert [item.report.incident_id for item in items] == [OLD]


@pytest.mark.parametrize(
    ("tolls", "said"),
    [
        ([], "-"),
        ([Toll()], "unknown of 1"),
        ([Toll(), Toll(low=2)], "unknown of 2; of these at least 2"),
        ([Toll(best=0)], "0"),
        ([Toll(best=3, low=2, high=5), Toll(best=1)], "4 (3-6)"),
        ([Toll(best=3), Toll()], "3; unknown of 1 more"),
        ([Toll(best=3), Toll(low=4)], "3; unknown of 1 more; of these at least 4"),
    ],
)
def test_a_sum_never_takes_what_is_unknown_for_none(tolls: list[Toll], said: str) -> None:
    assert told(EN, losses(tolls)) == said


def test_the_toll_of_an_event_is_the_highest_that_a_report_of_it_gives() -> None:
    assert worst([Toll(), Toll(best=2), Toll(best=4), Toll(low=3)]) == Toll(best=4)
    assert worst([Toll(low=9), Toll(best=4)]) == Toll(low=9)
    assert worst([Toll(), Toll(best=0)]) == Toll(best=0)
    assert worst([Toll(low=2), Toll(best=2)]) == Toll(best=2)


def test_sums_have_the_kinds_of_both_times_the_highest_step_first(read: Read) -> None:
    columns, rows = wording.sums(EN, border(read()))
    assert columns == ["Kind", "This day", "The 7 days before", "A day, on average"]
    assert rows[0] == ("Armed clash", "1", "3", "0.4")
    assert rows[-2] == ("Killed", "3 (2-5)", "1; unknown of 1 more", "-")


def test_the_highest_step_that_was_seen_is_told() -> None:
    assert wording.what(EN, report()) == "Armed clash (step 4)"
    assert wording.what(EN, report(steps=(5, 2))) == "Armed clash (step 5)"
    talks = report(event_type="Strategic developments", sub_event_type="Talks")
    assert wording.what(RU, talks) == "Переговоры"


def test_both_sides_claims_are_told_apart(read: Read) -> None:
    shots = next(i for i in border(read()).items if i.report.incident_id == SHOTS)
    assert wording.claimed(EN, shots.report) == [
        "Kyrgyz officials of KGZ: killed 2, injured -",
        "Tajik officials of TJK: killed 1-3, injured -",
    ]


def test_of_an_explanation_what_tells_of_the_transition_is_told() -> None:
    told = alert(explanation="I-1 was A; now B. Ladder (watch): stones. Model (normal): 1 %.")
    assert wording.happened_to(told) == "I-1 was A; now B."
    assert wording.happened_to(alert(explanation="Because.")) == "Because."


def test_what_stands_on_each_printed_page_is_text_whatever_it_holds() -> None:
    rules = running_head('A "day" \\ 1', "Page {n} of {all}")
    assert 'content: "A \\"day\\" \\\\ 1"' in rules
    assert 'content: "Page " counter(page) " of " counter(pages) ""' in rules
