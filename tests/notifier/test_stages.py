"""Each stage by itself: who is told, what is kept back, when, and by which name it is told."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.domain.notifying import stages
from models.domain.notifying.desk import Desk, notification_id
from models.domain.notifying.groups import Group, Key
from models.domain.notifying.look import Look, look
from models.domain.notifying.quiet_hours import QuietHours
from models.domain.notifying.retrying import DELAYS, next_attempt, overtaken
from models.domain.notifying.routes import message
from models.domain.notifying.stages import reconsider
from models.domain.notifying.why import Why
from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from tests.builders import NOON
from tests.ledger.builders import BORDER
from tests.notifier.builders import (
    alert,
    ended,
    plan,
    rehearsed,
    route,
    seconds,
)

ESCALATED = {"transition": Transition.ESCALATED, "level": Level.CRITICAL}


@pytest.mark.parametrize(
    ("asked", "told", "why"),
    [
        ({}, {}, Why.MATCHED),
        ({"borders": ("KGZ-TJK",)}, {}, Why.MATCHED),
        ({"borders": ("KGZ-UZB",)}, {}, Why.OTHER_BORDER),
        ({"segments": ("KGZ-TJK-*-07",)}, {}, Why.MATCHED),
        ({"segments": ("KGZ-TJK-050-1?",)}, {}, Why.OTHER_SEGMENT),
        ({"level": Level.CRITICAL}, {}, Why.BELOW_LEVEL),
        ({}, {"traffic": Traffic.EXERCISE}, Why.OTHER_TRAFFIC),
        ({"traffic": (Traffic.EXERCISE,)}, {"traffic": Traffic.EXERCISE}, Why.NOT_MARKED),
        ({"traffic": (Traffic.EXERCISE,)}, {}, Why.OTHER_TRAFFIC),
    ],
)
def test_a_route_says_why_it_takes_an_alert_or_not(
    asked: dict[str, Any], told: dict[str, Any], why: Why
) -> None:
    assert rehearsed(route(**asked)).hear(alert(**told)) == [("duty", why)]


def test_the_first_route_that_matches_wins_unless_it_goes_on() -> None:
    routes = [route(name=n, receiver=n) for n in "abc"]
    routes[0] = route(name="a", receiver="a", goes_on=True)
    desk = rehearsed(*routes)
    expected = [("a", Why.MATCHED), ("b", Why.MATCHED), ("c", Why.EARLIER_ROUTE)]
    assert desk.hear(alert()) == expected


def test_traffic_reaches_a_marked_receiver_in_notifications_of_its_own() -> None:
    both = (Traffic.ACTUAL, Traffic.EXERCISE)
    desk = rehearsed(route(traffic=both), duty=both)
    desk.hear(alert(), alert(alert_id="A-2", traffic=Traffic.EXERCISE))
    desk.until(seconds(60))
    assert [n.key.traffic for _, n in desk.told] == [Traffic.ACTUAL, Traffic.EXERCISE]


def test_who_was_told_of_an_alert_is_told_of_it_until_its_end() -> None:
    desk = rehearsed(route(level=Level.CRITICAL))
    fallen = {"transition": Transition.DE_ESCALATED, "level": Level.WATCH}
    desk.hear(alert(level=Level.CRITICAL))
    assert desk.hear(alert(2, 400, **fallen)) == [("duty", Why.FOLLOWED)]
    assert desk.hear(ended(3, 1000)) == [("duty", Why.FOLLOWED)]
    desk.until(seconds(2000))
    assert desk.shown() == [[("A-1", 1)], [("A-1", 2)], [("A-1", 3)]]


def test_a_correction_after_the_end_reaches_who_was_told_and_nobody_else() -> None:
    routes = [
        route(goes_on=True),
        route(name="head", receiver="head", level=Level.CRITICAL),
    ]
    desk = rehearsed(*routes)
    desk.hear(alert(), ended(2, 100))
    desk.until(seconds(7200))
    corrected = {"transition": Transition.CORRECTED, "level": Level.NORMAL}
    verdicts = desk.hear(alert(3, 7300, **corrected))
    assert verdicts == [("duty", Why.FOLLOWED), ("head", Why.BELOW_LEVEL)]
    desk.until(seconds(8000))
    assert desk.shown()[-1] == [("A-1", 3)]
    assert desk.shown("head") == []


def test_a_route_that_never_told_of_an_alert_does_not_tell_of_its_correction() -> None:
    desk = rehearsed(route())
    desk.hear(alert(alert_id="B", segment_id=BORDER, level=Level.CRITICAL))
    desk.hear(alert(1, 1), ended(2, 2))
    corrected = {"transition": Transition.CORRECTED, "level": Level.NORMAL}
    assert desk.hear(alert(3, 3, **corrected)) == [("duty", Why.NEVER_TOLD)]


def test_the_first_news_of_a_group_waits_and_further_news_keep_their_distance() -> None:
    desk = rehearsed(route(repeat_interval=None))
    desk.hear(
        alert(),
        alert(1, 10, alert_id="A-2", segment_id="KGZ-TJK-050-08"),
        alert(2, 40),
        alert(3, 200),
        alert(4, 331),
        alert(5, 5000),
    )
    desk.until(seconds(9000))
    # Turns: 30 s, then every 300 s from the one before.
    assert desk.times() == [30, 330, 630, 5130]
    assert desk.shown() == [
        [("A-1", 1), ("A-2", 1)],
        [("A-1", 3)],
        [("A-1", 4)],
        [("A-1", 5)],
    ]
    assert desk.told[1][1].tells == (("A-1", 2), ("A-1", 3))


def test_who_hears_of_an_alert_late_does_not_wait_again() -> None:
    desk = rehearsed(route())
    desk.until(seconds(20))
    desk.hear(alert(after=0))
    desk.until(seconds(60))
    assert desk.times() == [30]


def test_what_is_unchanged_is_told_again_with_the_number_of_the_repeat() -> None:
    desk = rehearsed(route(repeat_interval=timedelta(hours=1)))
    desk.hear(alert())
    desk.until(seconds(3 * 3600))
    assert desk.times() == [30, 3630, 7230]
    assert desk.shown() == [[("A-1", 1)]] * 3
    key = desk.told[0][1].key
    ids = [notification_id(key, [("A-1", 1)], n) for n in range(3)]
    assert [n.notification_id for _, n in desk.told] == ids
    assert len(set(ids)) == 3


def test_a_rise_to_critical_is_told_at_once_and_moves_no_turn() -> None:
    desk = rehearsed(route(repeat_interval=None))
    desk.hear(alert(), alert(2, 100, **ESCALATED), alert(3, 110))
    desk.until(seconds(1000))
    assert desk.times() == [30, 100, 330]
    desk = rehearsed(route(repeat_interval=None, at_once_from=None))
    desk.hear(alert(), alert(2, 100, **ESCALATED))
    desk.until(seconds(1000))
    assert desk.times() == [30, 330]


def test_the_border_as_a_whole_inhibits_lower_alerts_of_its_segments_alone() -> None:
    desk = rehearsed(route(repeat_interval=None))
    desk.hear(
        alert(alert_id="B", segment_id=BORDER),
        alert(1, 1, alert_id="low", level=Level.WATCH),
        alert(1, 2, alert_id="same"),
        alert(1, 3, alert_id="far", level=Level.WATCH, border_id="KGZ-UZB"),
        alert(1, 4, alert_id="drill", level=Level.WATCH, traffic=Traffic.EXERCISE),
    )
    desk.until(seconds(1000))
    assert sorted(r for shown in desk.shown() for r in shown) == [
        ("B", 1),
        ("far", 1),
        ("same", 1),
    ]
    assert [(k.held.ref, k.held.why, k.held.by) for _, k in desk.kept] == [
        (("low", 1), Why.INHIBITED, "B")
    ]
    desk.hear(ended(2, 2000, alert_id="B", segment_id=BORDER))
    desk.until(seconds(3000))
    assert ("low", 1) in desk.shown()[-1] + desk.shown()[-2]


def test_what_takes_back_what_a_receiver_was_told_is_not_inhibited() -> None:
    desk = rehearsed(route(repeat_interval=None))
    desk.hear(alert(), alert(1, 100, alert_id="B", segment_id=BORDER, level=Level.CRITICAL))
    desk.hear(ended(2, 200))
    desk.until(seconds(1000))
    assert [("A-1", 2)] in desk.shown()


def test_the_end_of_what_was_inhibited_from_the_beginning_is_no_news() -> None:
    desk = rehearsed(route(repeat_interval=None))
    desk.hear(alert(alert_id="B", segment_id=BORDER, level=Level.CRITICAL), alert(1, 1))
    desk.hear(ended(2, 50))
    desk.until(seconds(1000))
    assert desk.shown() == [[("B", 1)]]
    assert desk.reasons() == [("A-1", 1, "inhibited"), ("A-1", 2, "inhibited")]


def test_what_an_inhibited_state_has_overtaken_is_not_told_either() -> None:
    desk = rehearsed(route(repeat_interval=None))
    fallen = {"transition": Transition.DE_ESCALATED, "level": Level.WATCH}
    desk.hear(alert(alert_id="B", segment_id=BORDER))
    desk.hear(alert(level=Level.CRITICAL, silenced_until=seconds(60)), alert(2, 20, **fallen))
    desk.until(seconds(5000))
    assert desk.shown() == [[("B", 1)]]
    desk.hear(ended(2, 5000, alert_id="B", segment_id=BORDER))
    desk.until(seconds(6000))
    assert desk.shown()[1:] == [[("A-1", 2), ("B", 2)]]


def test_a_silence_holds_back_all_but_the_end() -> None:
    desk = rehearsed(route(repeat_interval=None))
    until = seconds(5000)
    desk.hear(alert(silenced_until=until), alert(2, 100, silenced_until=until))
    desk.until(seconds(900))
    assert desk.shown() == []
    desk.hear(ended(3, 1000, silenced_until=until))
    desk.until(seconds(9000))
    assert (desk.times(), desk.shown()) == ([1230], [[("A-1", 3)]])
    assert desk.told[0][1].tells == (("A-1", 1), ("A-1", 2), ("A-1", 3))


def test_when_a_silence_ends_the_latest_state_is_told() -> None:
    desk = rehearsed(route(repeat_interval=None))
    until = seconds(5000)
    desk.hear(alert(silenced_until=until), alert(2, 100, silenced_until=until))
    desk.until(seconds(9000))
    assert (desk.times(), desk.shown()) == ([5000], [[("A-1", 2)]])
    assert desk.reasons() == [("A-1", 1, "silenced"), ("A-1", 2, "silenced")]


def test_an_alert_that_is_silenced_while_it_waits_is_not_told() -> None:
    desk = rehearsed(route(repeat_interval=None))
    silenced = {"transition": Transition.SILENCED, "silenced_until": seconds(5000)}
    desk.hear(alert(), alert(2, 10, **silenced))
    desk.until(seconds(4000))
    assert desk.shown() == []
    desk.hear(alert(3, 4000, transition=Transition.UNSILENCED))
    desk.until(seconds(4400))
    assert desk.shown() == [[("A-1", 3)]]


def test_news_before_a_silenced_transition_is_still_told() -> None:
    desk = rehearsed(route(repeat_interval=None))
    desk.hear(alert(), alert(2, 10, silenced_until=seconds(5000)))
    desk.until(seconds(9000))
    assert desk.shown() == [[("A-1", 1)], [("A-1", 2)]]
    assert desk.times() == [30, 5000]


NIGHT = QuietHours(ZoneInfo("Asia/Bishkek"), tuple(range(7)), time(22), time(6), Level.CRITICAL)


def test_quiet_hours_hold_back_what_can_wait_until_they_end() -> None:
    # Noon at UTC is 18:00 in Bishkek, which has no summer time.
    desk = rehearsed(route(quiet=(NIGHT,), repeat_interval=None))
    late = 5 * 3600
    desk.hear(alert(1, late), alert(2, late + 60), alert(3, late + 120, **ESCALATED))
    desk.hear(alert(4, late + 600, transition=Transition.DE_ESCALATED))
    desk.until(seconds(24 * 3600))
    assert desk.times() == [late + 120, 12 * 3600]
    assert desk.shown() == [[("A-1", 3)], [("A-1", 4)]]


@pytest.mark.parametrize(
    ("local", "end"),
    [
        ("2021-04-29T21:59:59", None),
        ("2021-04-29T22:00:00", "2021-04-30T06:00:00"),
        ("2021-04-30T05:59:59", "2021-04-30T06:00:00"),
        ("2021-04-30T06:00:00", None),
        # Saturday the first of May begins no quiet hours, the night before reaches into it.
        ("2021-05-01T03:00:00", "2021-05-01T06:00:00"),
        ("2021-05-01T23:00:00", None),
    ],
)
def test_quiet_hours_belong_to_the_day_on_which_they_begin(local: str, end: str | None) -> None:
    zone = ZoneInfo("Asia/Bishkek")
    quiet = QuietHours(zone, (0, 1, 2, 3, 4), time(22), time(6), Level.CRITICAL)
    found = quiet.until(datetime.fromisoformat(local).replace(tzinfo=zone))
    expected = datetime.fromisoformat(end).replace(tzinfo=zone) if end else None
    assert found == expected


def test_quiet_hours_last_an_hour_longer_when_clocks_go_back() -> None:
    zone = ZoneInfo("Europe/Vienna")
    quiet = QuietHours(zone, tuple(range(7)), time(22), time(6), Level.CRITICAL)
    begin = datetime(2021, 10, 30, 20, tzinfo=UTC)
    assert quiet.until(begin) == datetime(2021, 10, 31, 5, tzinfo=UTC)


def test_an_hour_that_the_clock_shows_twice_is_quiet_once() -> None:
    zone = ZoneInfo("Europe/Vienna")
    quiet = QuietHours(zone, tuple(range(7)), time(1), time(2, 45), Level.CRITICAL)
    first = datetime(2021, 10, 31, 2, 30, tzinfo=zone)
    assert quiet.until(first) == datetime(2021, 10, 31, 0, 45, tzinfo=UTC)
    assert quiet.until(first.replace(fold=1)) is None


def _chain() -> Any:
    last = route(name="duty>head>minister", receiver="minister", group_wait=timedelta(0))
    then = route(
        name="duty>head",
        receiver="head",
        group_wait=timedelta(0),
        unless_acknowledged_within=timedelta(minutes=30),
        then=last,
    )
    return route(unless_acknowledged_within=timedelta(minutes=15), then=then, repeat_interval=None)


def test_who_takes_over_is_told_unless_somebody_acknowledged() -> None:
    desk = rehearsed(_chain())
    desk.hear(alert())
    desk.until(seconds(3600))
    assert desk.times() == [30]
    assert desk.times("head") == [30 + 900]
    assert desk.times("minister") == [30 + 900 + 1800]
    desk.hear(ended(2, 4000))
    desk.until(seconds(5000))
    assert [desk.shown(r)[-1] for r in ("duty", "head", "minister")] == [[("A-1", 2)]] * 3


def test_two_alerts_that_are_passed_on_at_once_to_who_may_not_have_them_are_on_record() -> None:
    both = (Traffic.ACTUAL, Traffic.EXERCISE)
    last = route(name="duty>head", receiver="head", traffic=both, group_wait=timedelta(0))
    within = timedelta(minutes=15)
    way = route(
        traffic=both, unless_acknowledged_within=within, then=last, group_by=("segment_id",)
    )
    way = replace(way, then=replace(last, group_by=()))
    desk = rehearsed(way, duty=both)
    drill: dict[str, Any] = {"traffic": Traffic.EXERCISE}
    desk.hear(alert(**drill), alert(alert_id="A-2", segment_id="KGZ-TJK-050-08", **drill))
    desk.until(seconds(2000))
    assert desk.times("head") == []
    assert desk.reasons() == [("A-1", 1, "route-gone"), ("A-2", 1, "route-gone")]


def test_nobody_takes_over_what_is_acknowledged_until_it_no_longer_is() -> None:
    desk = rehearsed(_chain())
    acknowledged = {"transition": Transition.ACKNOWLEDGED, "acknowledged": True}
    desk.hear(alert(), alert(2, 500, **acknowledged))
    desk.until(seconds(3000))
    assert desk.times("head") == []
    desk.hear(alert(3, 3600, **ESCALATED))
    desk.until(seconds(5000))
    assert desk.times("head") == [3600 + 900]


def test_a_receiver_is_told_of_a_transition_once_whatever_the_routes() -> None:
    desk = rehearsed(
        route(goes_on=True), route(name="again", group_by=(), repeat_interval=timedelta(hours=1))
    )
    desk.hear(alert())
    desk.until(seconds(2000))
    assert desk.shown() == [[("A-1", 1)]]
    assert desk.reasons() == [("A-1", 1, "told-already")]


@pytest.mark.parametrize("first", ["all", "zealous"])
def test_who_takes_over_is_told_also_where_another_route_has_told_the_receiver(first: str) -> None:
    chain = replace(_chain(), name="urgent")
    desk = rehearsed(route(name=first, goes_on=True), chain)
    desk.hear(alert())
    desk.until(seconds(3600))
    assert desk.shown() == [[("A-1", 1)]], "the receiver itself is told once"
    assert desk.times("head") == [30 + 900]
    assert desk.times("minister") == [30 + 900 + 1800]


def test_nobody_takes_over_what_was_told_by_another_route_and_is_acknowledged() -> None:
    desk = rehearsed(route(name="all", goes_on=True), replace(_chain(), name="urgent"))
    acknowledged = {"transition": Transition.ACKNOWLEDGED, "acknowledged": True}
    desk.hear(alert(), alert(2, 500, **acknowledged))
    desk.until(seconds(3600))
    assert desk.times("head") == []


def test_a_chain_goes_on_past_who_knows_by_a_route_of_their_own() -> None:
    own = route(name="heads-own", receiver="head", goes_on=True, repeat_interval=None)
    desk = rehearsed(own, _chain())
    desk.hear(alert())
    desk.until(seconds(3600))
    assert desk.shown("head") == [[("A-1", 1)]]
    assert desk.times("minister") == [30 + 900 + 1800]


def test_a_repeat_is_not_older_than_what_the_receiver_knows() -> None:
    alarm = route(name="alarm", level=Level.CRITICAL, goes_on=True, repeat_interval=None)
    desk = rehearsed(alarm, route(name="batken"))
    desk.hear(alert(), alert(2, 600, **ESCALATED))
    desk.until(seconds(5 * 3600))
    assert desk.shown() == [[("A-1", 1)], [("A-1", 2)], [("A-1", 2)]]


def test_what_is_told_in_parts_begins_with_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "MOST_SHOWN", 1)
    desk = rehearsed(route(at_once_from=None))
    worst = alert(alert_id="A-2", level=Level.CRITICAL)
    desk.hear(alert(alert_id="A-1"), worst, alert(alert_id="A-3"))
    desk.hear(ended(2, 5, alert_id="A-1"))
    desk.until(seconds(60))
    assert desk.shown() == [[("A-2", 1)], [("A-3", 1)], [("A-1", 2)]]


def test_what_was_over_before_the_start_is_not_told_and_what_is_open_is() -> None:
    from models.domain.notifying.routes import message
    from models.domain.notifying.stages import hear

    desk = rehearsed(route())
    desk.at = seconds(10**6)
    old = [alert(), ended(), alert(alert_id="A-2"), alert(2, alert_id="A-2")]
    verdicts = [
        hear(desk.desk, desk.plan, message(one), desk.at, history=True)[0][1] for one in old
    ]
    assert verdicts == [Why.MATCHED, Why.BEFORE_THE_START, Why.MATCHED, Why.FOLLOWED]
    desk._settle(desk.at)
    assert desk.shown() == [[("A-2", 2)]]


def test_a_route_that_is_new_is_told_of_what_is_open_and_one_that_is_gone_is_not() -> None:
    desk = rehearsed(route())
    desk.hear(alert())
    desk.plan = plan(route(name="new", receiver="new"))
    reconsider(desk.desk, desk.plan, desk.at)
    desk.until(seconds(100))
    assert (desk.shown(), desk.shown("new")) == ([], [[("A-1", 1)]])
    assert desk.reasons() == [("A-1", 1, "route-gone")]


def test_who_was_told_under_another_grouping_is_not_told_again() -> None:
    desk = rehearsed(route())
    desk.hear(alert())
    desk.until(seconds(100))
    desk.plan = plan(route(group_by=("segment_id",)))
    for _ in range(2):
        reconsider(desk.desk, desk.plan, desk.at)
        desk._settle(desk.at)
    desk.until(seconds(4 * 3600 - 60))
    assert desk.shown() == [[("A-1", 1)]]
    desk.until(seconds(4 * 3600 + 600))
    assert desk.shown() == [[("A-1", 1)], [("A-1", 1)]]


def test_who_takes_over_now_is_told_of_what_another_had_taken_over() -> None:
    desk = rehearsed(_chain())
    desk.hear(alert())
    desk.until(seconds(1000))
    assert desk.times("head") == [30 + 900]
    chief = route(name="duty>chief", receiver="chief", group_wait=timedelta(0))
    desk.plan = plan(replace(_chain(), then=chief))
    reconsider(desk.desk, desk.plan, desk.at)
    desk._settle(desk.at)
    assert desk.times("chief") == [1000]
    reconsider(desk.desk, desk.plan, desk.at)
    desk.until(seconds(2000))
    assert desk.times("chief") == [1000]


def test_repeats_of_a_route_that_was_gone_are_other_notifications_than_those_before() -> None:
    desk = rehearsed(route(repeat_interval=timedelta(hours=1)))
    desk.hear(alert())
    desk.until(seconds(2 * 3600 + 600))
    for routes in (plan(route(receiver="other")), desk.plan):
        desk.plan = routes
        reconsider(desk.desk, desk.plan, desk.at)
        desk._settle(desk.at)
    desk.until(seconds(5 * 3600))
    told = [n.notification_id for _, n in desk.told if n.key.receiver == "duty"]
    assert len(told) > 4
    assert len(set(told)) == len(told)


def test_attempts_follow_the_schedule_with_a_delay_that_is_always_the_same() -> None:
    times = [next_attempt("ntf_1", "webhook", made, NOON) for made in range(11)]
    assert times == [next_attempt("ntf_1", "webhook", made, NOON) for made in range(11)]
    assert times[10] is None
    for delay, found in zip(DELAYS, times, strict=False):
        assert found is not None
        assert delay <= found - NOON <= delay * 1.1
    assert times[1] != next_attempt("ntf_2", "webhook", 1, NOON)
    assert next_attempt("n", "w", 1, NOON, timedelta(hours=1)) == NOON + timedelta(hours=1)
    assert next_attempt("n", "w", 1, NOON, timedelta(days=9)) == NOON + timedelta(days=1)


CORRECTED = {"transition": Transition.CORRECTED}


def test_corrections_come_in_turns_of_the_group_however_many_there_are() -> None:
    desk = rehearsed(route())
    desk.hear(alert(), *(alert(n, 10 * n, **CORRECTED) for n in range(2, 122)))
    desk.until(seconds(3600))
    # The first after group_wait, then one each group_interval while there is news.
    assert desk.times() == [30, 330, 630, 930, 1230]
    assert desk.shown()[-1] == [("A-1", 121)]
    told = {ref for _, notice in desk.told for ref in notice.tells}
    assert told == {("A-1", n) for n in range(1, 122)}


def test_corrections_of_alerts_that_are_over_are_told_together_and_in_turns_too() -> None:
    desk = rehearsed(route())
    names = [f"A-{n}" for n in range(40)]
    for name in names:
        desk.hear(alert(alert_id=name))
    for name in names:
        desk.hear(ended(2, 60, alert_id=name))
    desk.until(seconds(7200))
    for again in range(3, 23):
        for name in names:
            over = {"alert_id": name, "level": Level.NORMAL, **CORRECTED}
            desk.hear(alert(again, 7200 + 30 * again, **over))
    desk.until(seconds(20_000))
    later = [at for at in desk.times() if at >= 7200]
    assert later == [7320, 7620, 7920]
    assert {sequence for _, sequence in desk.shown()[-1]} == {22}
    assert len(desk.shown()[-1]) == len(names)


def test_more_than_anybody_takes_in_comes_in_several_notifications(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stages, "MOST_SHOWN", 3)
    desk = rehearsed(route(repeat_interval=timedelta(hours=1)))
    names = [f"A-{n}" for n in range(7)]
    fallen = {"transition": Transition.DE_ESCALATED, "level": Level.WATCH}
    desk.hear(*(alert(alert_id=name) for name in names))
    desk.hear(*(alert(2, 10, alert_id=name, **fallen) for name in names))
    desk.until(seconds(4000))
    news, repeats = desk.told[:3], desk.told[3:]
    for told, covered in ((news, (1, 2)), (repeats, (2,))):
        assert [len(n.shows) for _, n in told] == [3, 3, 1]
        assert [ref for _, n in told for ref in n.shows] == [(name, 2) for name in names]
        assert {ref for _, n in told for ref in n.tells} == set(product(names, covered))
        assert all({a for a, _ in n.tells} == {a for a, _ in n.shows} for _, n in told)
    assert len({n.notification_id for _, n in desk.told}) == 6


def test_a_group_costs_nothing_while_nothing_changes_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    def counted(group: Group, *rest: Any) -> Look:
        looked.append(dict(group.key.labels)["segment_id"])
        return look(group, *rest)

    monkeypatch.setattr(stages, "look", counted)
    desk = rehearsed(route(group_by=("border_id", "segment_id"), group_wait=timedelta(0)))
    for number in range(50):
        segment = f"KGZ-TJK-050-{number:02}"
        desk.hear(alert(after=number, alert_id=f"A-{number}", segment_id=segment))
    assert sorted(looked) == sorted(set(looked))
    looked.clear()
    desk.hear(alert(2, 60, alert_id="A-7", segment_id="KGZ-TJK-050-07", **ESCALATED))
    assert looked == ["KGZ-TJK-050-07"]


BY_SEGMENT = {"group_by": ("segment_id",), "repeat_interval": None}


def test_a_group_is_looked_at_when_its_border_as_a_whole_changes() -> None:
    desk = rehearsed(route(**BY_SEGMENT))
    desk.hear(alert(alert_id="B", segment_id=BORDER, level=Level.CRITICAL), alert(1, 100))
    desk.until(seconds(1000))
    assert desk.shown() == [[("B", 1)]]
    desk.hear(ended(2, 2000, alert_id="B", segment_id=BORDER))
    assert desk.until(seconds(2500)).shown()[1:] == [[("A-1", 1)], [("B", 2)]]


def test_a_group_is_looked_at_when_its_receiver_is_told_by_another() -> None:
    soon = route(name="a", goes_on=True, group_wait=timedelta(0), **BY_SEGMENT)
    late = route(name="b", group_wait=timedelta(hours=1), **BY_SEGMENT)
    for ways in ((soon, late), (replace(soon, name="c"), late)):
        desk = rehearsed(*ways)
        desk.hear(alert())
        assert desk.reasons() == [("A-1", 1, "told-already")]
        assert desk.shown() == [[("A-1", 1)]]


def test_a_group_is_looked_at_when_what_is_known_of_its_alert_changes() -> None:
    desk = rehearsed()
    desk.hear(alert())
    (key,) = desk.desk.groups
    assert list(desk.desk.wanting(desk.at)) == []
    known = desk.desk.alerts["A-1"]
    desk.desk.know(replace(known, silenced_until=seconds(600)))
    assert list(desk.desk.wanting(desk.at)) == [key]


def test_a_group_is_looked_at_when_the_clock_is_set_right() -> None:
    quiet = QuietHours(ZoneInfo("UTC"), tuple(range(7)), time(18), time(19), Level.CRITICAL)
    desk = rehearsed(route(quiet=(quiet,)))
    desk.hear(alert())
    ahead = NOON + timedelta(days=30, hours=6, minutes=5)
    notices, _, next_at = stages.settle(desk.desk, desk.plan, ahead)
    assert (notices, next_at) == ([], ahead.replace(hour=19, minute=0))
    notices, _, _ = stages.settle(desk.desk, desk.plan, seconds(60))
    assert [notice.shows for notice in notices] == [(("A-1", 1),)]


def test_what_is_overtaken_is_what_was_told_of_later() -> None:
    shows = (("A", 2), ("B", 1), ("C", 5))
    assert overtaken(shows, [("A", 2), ("B", 1), ("D", 9), ("C", 4)]) == frozenset()
    assert overtaken(shows, [("A", 1), ("A", 3), ("C", 6)]) == {"A", "C"}


def test_a_clock_that_ran_ahead_keeps_nothing_back_once_it_is_set_right() -> None:
    desk = rehearsed(route(repeat_interval=timedelta(hours=1), at_once_from=None))
    desk.hear(alert())
    desk.until(seconds(100))
    ahead = seconds(100) + timedelta(hours=6)
    notices, _, _ = stages.settle(desk.desk, desk.plan, ahead)
    assert [notice.why for notice in notices] == [Why.REPEAT]
    stages.hear(desk.desk, desk.plan, message(ended(2, 110)), seconds(110))
    _, _, next_at = stages.settle(desk.desk, desk.plan, seconds(110))
    assert next_at == seconds(410), "a turn after the time at which the clock was set right"
    notices, _, _ = stages.settle(desk.desk, desk.plan, seconds(410))
    assert [notice.shows for notice in notices] == [(("A-1", 2),)]


def test_a_hold_whose_reason_changes_with_what_is_told_is_on_record_at_once() -> None:
    desk = rehearsed(route(repeat_interval=None, at_once_from=None))
    silenced = {"silenced_until": seconds(9000)}
    corrected = {"transition": Transition.CORRECTED, "level": Level.WATCH}
    desk.hear(alert(alert_id="B", segment_id=BORDER, level=Level.CRITICAL))
    desk.hear(alert(1, 1, level=Level.CRITICAL, **silenced), ended(2, 2))
    desk.hear(alert(3, 3, **corrected, **silenced))
    assert desk.reasons()[-1] == ("A-1", 3, "inhibited")
    desk.until(seconds(1000))
    assert ("A-1", 2) in desk.shown()[0]
    assert desk.reasons()[-1] == ("A-1", 3, "silenced")


def test_groups_are_looked_at_in_order_also_those_woken_meanwhile() -> None:
    desk = Desk()
    keys = {name: Key(name, "duty", Traffic.ACTUAL, ()) for name in "abcd"}
    for name in "bd":
        desk.put(Group(keys[name], (), NOON))
    looked = []
    for key in desk.wanting(NOON):
        looked.append(key.route)
        if key.route == "b":
            desk.put(Group(keys["c"], (), NOON))
            desk.put(Group(keys["a"], (), NOON))
        if key.route == "c":
            desk.drop(keys["d"])
    assert looked == ["b", "a", "c"]


def test_what_is_over_is_let_go_of_once_it_is_kept_elsewhere() -> None:
    desk = rehearsed()
    desk.hear(alert(), alert(alert_id="A-2"), ended(2, 60))
    desk.desk.saved()
    assert set(desk.desk.alerts) == {"A-1", "A-2"}, "the end is still to be told"
    desk.until(seconds(3600)).desk.saved()
    held = {alert_id for alert_id in ("A-1", "A-2") if desk.desk.holding(alert_id)}
    assert set(desk.desk.alerts) == set(desk.desk.told) == held == {"A-2"}
    assert set(desk.desk._holding) == {"A-2"}
