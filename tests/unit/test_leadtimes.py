"""How early each level stood, on histories small enough to work out by hand."""

from datetime import UTC, date, datetime, timedelta

from models.domain.leadtimes import RISEN, By, Lead, Standing, Track, leads, track, worst
from models.domain.measured import Limits, Measured, measure, summary
from models.domain.quiet import quiet, quiet_days
from models.domain.spells import spells
from models.domain.violence import Told, ViolentDay
from schemas.assessment import Assessment, LadderView, Level, Probabilities
from schemas.incident import Traffic
from tests.builders import NOON, SEGMENT, at, ref, report

N, W, G, C = Level  # normal, watch, warning, critical
WITHIN = timedelta(days=14)
DAY = NOON.date()


def said(hours: float, ladder: Level, model: Level = N, words: str = "") -> Standing:
    return Standing(at(hours=hours), ladder, model, words or f"{ladder}", f"model {model}")


def day(hours: float = 0, deaths_known: float | None = None, place: str = SEGMENT) -> ViolentDay:
    known = None if deaths_known is None else at(hours=deaths_known)
    return ViolentDay(DAY, place, at(hours=hours), True, known, ("I-1",), "shots")


def lead(
    along: Track,
    level: Level,
    by: By = By.LADDER,
    within: timedelta = WITHIN,
    deaths_known: float | None = None,
) -> Lead:
    asked = leads(day(deaths_known=deaths_known), along, within)
    (found,) = [x for x in asked if (x.by, x.level) == (by, level)]
    return found


CLIMB = (
    said(-23, W, words="stones"),
    said(1, C, words="shots after stones"),
    said(200, N),
)


def test_the_lead_runs_from_the_first_moment_of_a_level_to_the_violence() -> None:
    found = lead(CLIMB, W)
    assert (found.at, found.hours, found.words) == (at(hours=-23), 23.0, "stones")
    assert found.unbroken_hours == 23.0
    assert not found.stood_before


def test_a_level_that_comes_after_the_violence_has_a_lead_below_zero() -> None:
    for level in (G, C):
        found = lead(CLIMB, level)
        assert (found.hours, found.unbroken_hours) == (-1.0, None)
        assert found.words == "shots after stones"


def test_a_worse_level_counts_for_the_milder_ones() -> None:
    assert lead((said(-5, C),), W).hours == 5.0


def test_a_level_that_does_not_come_within_three_days_never_came() -> None:
    assert lead((said(72, W),), W).hours == -72.0
    late = lead((said(72.01, W),), W)
    assert (late.at, late.hours, late.words) == (None, None, "")


def test_the_lead_to_deaths_runs_to_when_the_first_was_on_record() -> None:
    assert lead(CLIMB, C, deaths_known=10).hours_to_deaths == 9.0
    assert lead(CLIMB, W, deaths_known=10).hours_to_deaths == 33.0
    assert lead(CLIMB, C).hours_to_deaths is None


def test_what_stood_before_the_time_looked_at_counts_from_its_beginning() -> None:
    found = lead((said(-30, W),), W, within=timedelta(hours=24))
    assert (found.at, found.hours, found.stood_before) == (at(hours=-24), 24.0, True)
    assert found.unbroken_hours == 30.0
    lapsed = (said(-30, W), said(-24, N))
    assert lead(lapsed, W, within=timedelta(hours=24)).at is None


def test_a_level_that_lapsed_is_told_from_one_that_stood() -> None:
    found = lead((said(-100, W), said(-50, N)), W)
    assert (found.hours, found.unbroken_hours) == (100.0, None)
    again = lead((said(-100, W), said(-50, N), said(-10, G)), W)
    assert (again.hours, again.unbroken_hours) == (100.0, 10.0)


def test_ladder_and_model_are_told_apart_and_taken_together() -> None:
    along = (said(-20, N, W), said(-10, G, W))
    assert [lead(along, W, by).hours for by in By] == [10.0, 20.0, 20.0]
    assert [lead(along, G, by).hours for by in By] == [10.0, None, 10.0]
    assert lead(along, W, By.BOTH).words == "model watch"
    assert lead(along, G, By.BOTH).words == "warning"


def test_the_spells_around_a_violent_day_are_those_in_sight_of_it() -> None:
    along = (said(-30, W), said(-12, W, G), said(-6, N, G), said(60, C), said(90, W))
    found = spells(day(), along, timedelta(hours=24))
    assert [(s.by, s.level, s.begins, s.ends) for s in found] == [
        (By.LADDER, W, -24.0, -6.0),
        (By.LADDER, C, 60.0, 72.0),
        (By.MODEL, G, -12.0, 60.0),
        (By.BOTH, W, -24.0, -12.0),
        (By.BOTH, G, -12.0, 60.0),
        (By.BOTH, C, 60.0, 72.0),
    ]


def test_a_border_stands_as_its_worst_segment() -> None:
    one = (said(-20, W), said(-5, N))
    other = (said(-10, G), said(0, N))
    along = worst([("A-B-1", one), ("A-B-2", other)])
    assert [(s.since, s.ladder) for s in along] == [
        (at(hours=-20), W),
        (at(hours=-10), G),
        (at(hours=0), N),
    ]
    assert along[1].ladder_words == "A-B-2: warning"


def assessed(hours: float, ladder: Level, model: Level = N) -> Assessment:
    return Assessment(
        segment_id=SEGMENT,
        traffic=Traffic.ACTUAL,
        recorded_at=at(hours=hours),
        observation=ref(),
        level=max(ladder, model, key=lambda level: level.rank),
        model_level=model,
        ladder=LadderView(step=None, level=ladder, words=f"{ladder} at {hours}"),
        probabilities=Probabilities(escalation_14d=0.125, fatal_7d=0.2, fatal_14d=0.3),
        contributions=(),
        incidents=(),
        model_version="m",
    )


def test_a_track_keeps_what_changes_a_level_and_the_last_word_of_a_moment() -> None:
    told = [(0, N, N), (1, W, N), (2, W, N), (3, C, N), (3, W, N), (4, W, G), (5, N, G)]
    along = track(assessed(*one) for one in told)
    assert [(s.since, s.ladder, s.model) for s in along] == [
        (at(hours=0), N, N),
        (at(hours=1), W, N),
        (at(hours=4), W, G),
        (at(hours=5), N, G),
    ]
    assert along[1].ladder_words == "watch at 1"
    assert along[2].model_words == "12.5% chance of escalation in 14 days"


def days(*numbers: int) -> set[date]:
    return {DAY + timedelta(days=n) for n in numbers}


def test_a_quiet_day_has_no_violence_near_it_on_either_side() -> None:
    first, last = min(days(-5)), max(days(5))
    assert quiet_days(days(0), first, last, 2) == days(-5, -4, -3, 3, 4, 5)
    assert quiet_days(days(0), first, last, 0) == days(-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)


def test_a_level_counts_for_each_day_on_which_it_stood_at_any_moment() -> None:
    # Watch from noon of day 0 to 00:00 of day 3, between 18:00 and 21:00 of day 2 a warning; watch
    # again from noon of day 9 on.
    along = (said(0, W), said(54, G), said(57, W), said(60, N), said(9 * 24, W))
    found = quiet([(along, days(0, 1, 2, 3, 4, 9, 10))], By.LADDER)
    assert dict(found.stood) == {W: 5, G: 1, C: 0}
    assert (found.days, found.share(G)) == (7, 1 / 7)
    assert dict(quiet([(along, days(1, 4))], By.LADDER).stood) == {W: 1, G: 0, C: 0}
    assert quiet([(along, set())], By.MODEL).share(W) is None


def known(name: str, when: datetime, place: str = SEGMENT, **fields: object) -> Told:
    return Told(place, report(incident_id=name, start=when, **fields))


def measured() -> Measured:
    """Return a history of two segments and two shootings, forty days apart.

    Stones at noon of day 0 on the first segment: a watch for 3 days. Shots there at noon of day 40,
    reported an hour later: warning for a week. Shots on the second on day 41, unwarned there.
    """
    other = "KGZ-TJK-050-08"
    one = (said(0, W), said(72, N), said(40 * 24 + 1, G), said(47 * 24, N))
    two = (said(41 * 24 + 2, G), said(48 * 24, N))
    history = [
        known("I-2", at(days=40)),
        known("I-3", at(days=41), other),
        known("I-1", NOON, event_type="Riots", sub_event_type="Mob violence"),
    ]
    tracks = {SEGMENT: one, other: two}
    return measure(history, tracks, DAY + timedelta(days=60), Limits())


def test_the_whole_of_a_small_history_is_as_worked_out_by_hand() -> None:
    first, second = measured().warned
    assert first.day.incidents == ("I-2",)
    assert [x.hours for x in first.here if x.by is By.LADDER] == [-1.0, -1.0, None]
    assert [x.hours for x in second.here if x.by is By.LADDER] == [-2.0, -2.0, None]
    # The border stood at warning since the first segment's shots, 23 hours before the second's.
    assert [x.hours for x in second.border if x.by is By.LADDER] == [23.0, 23.0, None]
    assert all(x.hours is None for w in (first, second) for x in w.here if x.by is By.MODEL)


def test_the_quiet_days_of_a_small_history_are_as_worked_out_by_hand() -> None:
    ladder, model, _ = measured().quiet_segments
    # Days 0..25 and 56..60 on the first segment, 56..60 on the second, which begins on day 41.
    # Stones stood from day 0 to noon of day 3; the shots of day 40 lie too near to violence.
    assert (ladder.days, dict(ladder.stood)) == (31 + 5, {W: 4, G: 0, C: 0})
    assert dict(model.stood) == {W: 0, G: 0, C: 0}
    border = measured().quiet_borders[0]
    assert (border.days, dict(border.stood)) == (31, {W: 4, G: 0, C: 0})


def test_the_summary_counts_what_was_ahead_and_what_still_stood() -> None:
    found = {(s.by, s.level): s for s in summary([w.border for w in measured().warned])}
    assert len(found) == len(By) * len(RISEN)
    watch = found[By.LADDER, W]
    assert (watch.days, watch.before, watch.standing, watch.median_hours) == (2, 1, 1, 23.0)
    none = found[By.MODEL, W]
    assert (none.before, none.standing, none.median_hours) == (0, 0, None)


def test_what_is_known_to_the_month_has_no_lead_and_leaves_no_quiet_day() -> None:
    vague = known(
        "I-9",
        datetime(2021, 7, 4, tzinfo=UTC),
        occurred={
            "start": "2021-07-04T00:00:00Z",
            "end": "2021-07-23T00:00:00Z",
            "precision": "month",
        },
    )
    found = measure([vague], {SEGMENT: (said(0, N),)}, date(2021, 8, 31), Limits(apart=1))
    assert (found.warned, found.undated) == ((), ("I-9",))
    # From 29 April to 31 August, without 3 to 24 July.
    assert found.quiet_borders[0].days == 125 - 22
