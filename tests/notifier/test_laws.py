"""What holds of every history of alerts, whatever the routes and the times."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from models.domain.notifying.desk import Desk, Kept
from models.domain.notifying.groups import Key
from models.domain.notifying.quiet_hours import QuietHours
from models.domain.notifying.routes import Route
from models.domain.notifying.why import Why
from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from tests.ledger.builders import BORDER
from tests.notifier.builders import Rehearsed, alert, rehearsed, route, seconds

PLACES = (BORDER, "KGZ-TJK-050-07", "KGZ-TJK-050-08")
MARKS = {"duty": (Traffic.ACTUAL, Traffic.EXERCISE)}
LONG = timedelta(days=3)


@st.composite
def histories(draw: st.DrawFn) -> list[Alert]:
    """Draw transitions of up to four alerts, each one's in order, over some hours."""
    told: list[Alert] = []
    for number in range(draw(st.integers(1, 4))):
        place, traffic = draw(st.sampled_from(PLACES)), draw(st.sampled_from(list(Traffic)))
        after, level = draw(st.integers(0, 4000)), Level.NORMAL
        for sequence in range(1, draw(st.integers(1, 6)) + 1):
            told.append(draw(transitions(f"A-{number}", sequence, after, level)))
            told[-1] = told[-1].model_copy(update={"segment_id": place, "traffic": traffic})
            level, after = told[-1].level, after + draw(st.integers(0, 3000))
    return sorted(told, key=lambda a: a.recorded_at)


@st.composite
def transitions(draw: st.DrawFn, alert_id: str, sequence: int, after: int, level: Level) -> Alert:
    """Draw the next transition of an alert, silenced or not."""
    level_after = draw(st.sampled_from([lv for lv in Level if lv is not Level.NORMAL]))
    further = [t for t in Transition if t is not Transition.RAISED]
    transition = Transition.RAISED if sequence == 1 else draw(st.sampled_from(further))
    silenced = draw(st.none() | st.integers(0, 6000).map(lambda s: seconds(after + s)))
    if transition is Transition.SILENCED and silenced is None:
        silenced = seconds(after + 600)
    fields: dict[str, Any] = {
        "alert_id": alert_id,
        "transition": transition,
        "level": Level.NORMAL if transition.ends else level_after,
        "previous_level": level,
        "acknowledged": transition is Transition.ACKNOWLEDGED,
        "silenced_until": None if transition is Transition.UNSILENCED else silenced,
    }
    return alert(sequence, after, **fields)


@st.composite
def routes(draw: st.DrawFn) -> list[Route]:
    """Draw up to three routes."""
    quiet = QuietHours(ZoneInfo("Asia/Bishkek"), (3, 4), time(19), time(21), Level.CRITICAL)
    found = []
    for number in range(draw(st.integers(1, 3))):
        receiver = draw(st.sampled_from(["duty", "head"]))
        within = draw(st.none() | st.integers(60, 2000).map(lambda s: timedelta(seconds=s)))
        then = route(name=f"{number}>minister", receiver="minister", group_wait=timedelta(0))
        found.append(
            route(
                name=str(number),
                receiver=receiver,
                goes_on=draw(st.booleans()),
                level=draw(st.sampled_from([Level.WATCH, Level.WARNING, Level.CRITICAL])),
                traffic=draw(st.sampled_from([(Traffic.ACTUAL,), MARKS["duty"]])),
                group_by=draw(st.sampled_from([(), ("border_id",), ("segment_id",)])),
                at_once_from=draw(st.sampled_from([None, Level.CRITICAL])),
                repeat_interval=draw(st.sampled_from([None, timedelta(hours=1)])),
                quiet=draw(st.sampled_from([(), (quiet,)])),
                unless_acknowledged_within=within,
                then=then if within is not None else None,
            )
        )
    return found


class WideAwake(Desk):
    """A desk on which every group is looked at each time."""

    def wanting(self, moment: datetime) -> Iterator[Key]:
        self.wake()
        yield from super().wanting(moment)


def lived(
    told: Sequence[Alert], ways: Sequence[Route], on: type[Desk] = Desk
) -> tuple[Rehearsed, set[tuple[Any, ...]]]:
    """Return what became of a history, and every (route, alert, sequence) that a route took."""
    desk, taken = rehearsed(*ways, **MARKS), set()
    desk.desk = on()
    for one in told:
        for name, why in desk.hear(one):
            if why in (Why.MATCHED, Why.FOLLOWED):
                taken.add((name, one.alert_id, one.sequence))
    desk.until(desk.at + LONG)
    return desk, taken


def outcomes(desk: Rehearsed) -> set[tuple[Any, ...]]:
    told = {(n.key.route, *ref) for _, n in desk.told for ref in n.tells}
    return told | {(k.key.route, *k.held.ref) for _, k in desk.kept}


@given(histories(), routes())
def test_whatever_a_route_takes_is_told_or_on_record_as_kept_back(
    told: list[Alert], ways: list[Route]
) -> None:
    desk, taken = lived(told, ways)
    assert taken <= outcomes(desk)


@given(histories(), routes())
def test_what_stands_at_the_end_of_an_open_alert_has_been_told_unless_inhibited(
    told: list[Alert], ways: list[Route]
) -> None:
    desk, taken = lived(told, ways)
    last = {one.alert_id: one for one in told}
    inhibited = {k.held.ref for _, k in desk.kept if k.held.why is Why.INHIBITED}
    for name, alert_id, sequence in taken:
        found = desk.plan.route(name)
        if (
            found is None
            or sequence != last[alert_id].sequence
            or (alert_id, sequence) in inhibited
        ):
            continue
        shown = {r for _, n in desk.told if n.key.receiver == found.receiver for r in n.shows}
        assert (alert_id, sequence) in shown


@given(histories(), routes())
def test_between_two_notifications_of_a_group_lies_its_interval(
    told: list[Alert], ways: list[Route]
) -> None:
    desk, _ = lived(told, ways)
    times: dict[Key, list[datetime]] = defaultdict(list)
    for at, notice in desk.told:
        if notice.why is not Why.AT_ONCE:
            times[notice.key].append(at)
    for key, moments in times.items():
        found = desk.plan.route(key.route)
        assert found is not None
        for one, other in pairwise(moments):
            assert other - one >= found.group_interval


@given(histories(), routes())
def test_nothing_silenced_is_shown_before_its_silence_ends_but_an_end(
    told: list[Alert], ways: list[Route]
) -> None:
    desk, _ = lived(told, ways)
    messages = {(one.alert_id, one.sequence): one for one in told}
    for at, notice in desk.told:
        for ref in notice.shows:
            one = messages[ref]
            silenced = one.silenced_until is not None and at < one.silenced_until
            assert one.transition.ends or not silenced


@given(histories(), routes())
def test_a_receiver_is_shown_a_transition_once_but_for_repeats(
    told: list[Alert], ways: list[Route]
) -> None:
    desk, _ = lived(told, ways)
    shown = [
        (n.key.receiver, ref) for _, n in desk.told if n.why is not Why.REPEAT for ref in n.shows
    ]
    assert len(shown) == len(set(shown))
    ids = [n.notification_id for _, n in desk.told]
    assert len(ids) == len(set(ids))


@given(histories(), routes())
def test_the_same_history_gives_the_same_notifications_with_the_same_ids(
    told: list[Alert], ways: list[Route]
) -> None:
    one, other = lived(told, ways)[0], lived(told, ways)[0]
    assert (one.told, one.kept) == (other.told, other.kept)


@given(histories(), routes())
def test_looking_only_where_something_may_have_changed_misses_nothing(
    told: list[Alert], ways: list[Route]
) -> None:
    one, other = lived(told, ways)[0], lived(told, ways, on=WideAwake)[0]
    assert one.told == other.told
    assert reported(one) == reported(other)


def reported(desk: Rehearsed) -> list[tuple[datetime, Kept]]:
    """Return what was kept back, but for quiet hours: that is told once they are over."""
    return [(at, kept) for at, kept in desk.kept if kept.held.why is not Why.QUIET_HOURS]


@given(histories(), routes())
def test_hearing_everything_twice_changes_nothing(told: list[Alert], ways: list[Route]) -> None:
    twice = [one for one in told for _ in range(2)]
    assert lived(told, ways)[0].told == lived(twice, ways)[0].told


@given(histories(), routes())
def test_traffic_never_reaches_a_receiver_that_is_not_marked_for_it(
    told: list[Alert], ways: list[Route]
) -> None:
    desk, _ = lived(told, ways)
    of = {one.alert_id: one.traffic for one in told}
    for _, notice in desk.told:
        for alert_id, _ in notice.tells:
            assert of[alert_id] is notice.key.traffic
            assert of[alert_id] in MARKS.get(notice.key.receiver, (Traffic.ACTUAL,))


@given(histories(), routes())
def test_the_end_of_an_alert_that_was_told_is_told(told: list[Alert], ways: list[Route]) -> None:
    desk, _ = lived(told, ways)
    for one in told:
        if not one.transition.ends:
            continue
        before = {
            n.key.receiver
            for at, n in desk.told
            if at <= one.recorded_at and any(a == one.alert_id for a, _ in n.shows)
        }
        for receiver in before:
            assert any(
                s >= one.sequence
                for _, n in desk.told
                if n.key.receiver == receiver
                for a, s in n.shows
                if a == one.alert_id
            )
