"""Whatever comes, in whatever order: what the transition table makes of alerts."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain import alerting
from models.domain.alerting import decide
from models.domain.posture import AlertRules, Decision, Episode, Heard, News, Posture
from models.domain.transitions import TABLE, Case, Row
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.command import (
    AcknowledgeCommand,
    AnyCommand,
    ExpireSilenceCommand,
    ResolveCommand,
    SilenceCommand,
)
from schemas.incident import Traffic

RULES = AlertRules()
SEGMENT = "KGZ-TJK-050-02"
SAID = {"segment_id": SEGMENT, "author": "duty officer"}
BEGIN = datetime(2021, 4, 1, tzinfo=UTC)
STEPS = (
    timedelta(0),
    timedelta(minutes=10),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=9),
    timedelta(days=31),
)


def walk(seed: int, length: int = 60) -> list[tuple[Heard, Posture, tuple[Decision, ...]]]:
    """Return what is heard at each of ``length`` steps, the posture after it, and what is told."""
    random, posture, now, reported = Random(seed), Posture(), BEGIN, BEGIN
    found, taken = [], set[str]()
    for _ in range(length):
        now += random.choice(STEPS)
        level = random.choice(list(Level))
        holds = max(level, random.choice(list(Level)), key=lambda v: v.rank)
        command = _command(random, posture, now) if random.random() < 0.4 else None
        news = News.TIME if command else random.choice(list(News))
        if news is not News.TIME:
            reported = now
        by_time = random.choice([None, *Level])
        heard = Heard(level, holds, news, now, reported, command, by_time)
        after = decide(posture, heard, SEGMENT, Traffic.ACTUAL, RULES, taken.__contains__)
        posture = after.posture
        taken |= {d.alert_id for d in after.decisions if d.transition.ends}
        found.append((heard, posture, after.decisions))
    return found


def _command(random: Random, posture: Posture, now: datetime) -> AnyCommand:
    alert_id = posture.episode.alert_id if posture.episode else "none"
    silences = [s.silence_id for s in posture.silences] or ["none"]
    ends = now + random.choice(STEPS[1:])
    choices: list[AnyCommand] = [
        AcknowledgeCommand(kind="acknowledge", alert_id=alert_id, **SAID),
        AcknowledgeCommand(kind="unacknowledge", alert_id=alert_id, **SAID),
        ResolveCommand(kind="resolve", alert_id=alert_id, **SAID),
        SilenceCommand(
            kind="silence",
            silence_id=random.choice(["S-1", "S-2"]),
            starts=now + random.choice([timedelta(0), timedelta(0), timedelta(hours=6)]),
            ends=ends + timedelta(hours=6),
            levels=tuple(random.sample(list(Level), random.choice([0, 0, 2]))),
            **SAID,
        ),
        ExpireSilenceCommand(kind="expire-silence", silence_id=random.choice(silences), **SAID),
    ]
    return random.choice(choices)


def told(seed: int) -> list[Decision]:
    return [decision for _, _, decisions in walk(seed) for decision in decisions]


seeds = st.integers(0, 2**32)


@given(seeds)
def test_each_alert_is_raised_once_told_in_sequence_and_silent_after_its_end(seed: int) -> None:
    alerts: dict[str, list[Decision]] = {}
    for decision in told(seed):
        alerts.setdefault(decision.alert_id, []).append(decision)
    for decisions in alerts.values():
        assert [d.sequence for d in decisions] == list(range(1, len(decisions) + 1))
        assert [d.transition for d in decisions].count(Transition.RAISED) == 1
        assert decisions[0].transition is Transition.RAISED
        assert not any(d.transition.ends for d in decisions[:-1])


@given(seeds)
def test_each_transition_goes_on_from_the_level_of_the_one_before(seed: int) -> None:
    last: dict[str, Level] = {}
    for decision in told(seed):
        assert decision.previous_level is last.get(decision.alert_id, Level.NORMAL)
        last[decision.alert_id] = decision.level


@given(seeds)
def test_one_alert_is_open_at_most_and_it_is_above_normal(seed: int) -> None:
    open_alerts: set[str] = set()
    for _, posture, decisions in walk(seed):
        for decision in decisions:
            ends = decision.transition.ends
            (open_alerts.discard if ends else open_alerts.add)(decision.alert_id)
        assert open_alerts == ({posture.episode.alert_id} if posture.episode else set())
        assert posture.episode is None or posture.episode.level is not Level.NORMAL


@given(seeds)
def test_no_level_that_is_worse_than_what_was_told_or_let_go_goes_untold(seed: int) -> None:
    for heard, posture, _ in walk(seed):
        told_of = posture.episode.level if posture.episode else posture.let_go
        assert heard.level.rank <= told_of.rank


@given(seeds)
def test_a_level_falls_by_itself_three_times_in_seven_days_at_most(seed: int) -> None:
    falls = [
        heard.clock
        for heard, _, decisions in walk(seed, 120)
        for decision in decisions
        if decision.reason is Reason.LEVEL_FELL
    ]
    for at in falls:
        assert sum(at <= other < at + RULES.damping for other in falls) <= 3


@given(seeds)
def test_no_fall_is_laid_to_a_correction_that_leaves_the_level_where_time_alone_does(
    seed: int,
) -> None:
    for heard, _, decisions in walk(seed):
        for told in decisions:
            fell = told.level.rank < told.previous_level.rank
            corrected = told.reason in (Reason.INCIDENT_REVISED, Reason.INCIDENT_RETRACTED)
            if fell and corrected and heard.by_time is not None:
                assert heard.holds.rank < heard.by_time.rank


@given(seeds)
def test_what_is_silenced_is_what_a_silence_in_force_covers(seed: int) -> None:
    for heard, posture, _ in walk(seed):
        if posture.episode is None:
            continue
        in_force = [
            s.ends for s in posture.silences if s.covers(posture.episode.level, heard.clock)
        ]
        assert posture.episode.silenced_until == max(in_force, default=None)


@given(seeds)
def test_after_an_end_whatever_is_worse_than_the_alert_last_was_is_told(seed: int) -> None:
    ended: Level | None = None
    for heard, _, decisions in walk(seed):
        if ended is not None and heard.level.rank > ended.rank:
            assert decisions[0].transition is Transition.RAISED
        if decisions:
            last = decisions[-1]
            ended = last.level if last.transition.ends else None


@given(seeds)
def test_only_a_rise_makes_an_alert_worse(seed: int) -> None:
    for decision in told(seed):
        rises = decision.transition in (Transition.RAISED, Transition.ESCALATED)
        assert rises is (decision.level.rank > decision.previous_level.rank)


def test_every_row_of_the_table_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: set[str] = set()
    made = alerting._made

    def noted(row: Row, case: Case, before: Episode) -> tuple[Posture, Decision]:
        reached.add(row.words)
        return made(row, case, before)

    monkeypatch.setattr(alerting, "_made", noted)
    for seed in range(400):
        walk(seed)
    assert reached == {row.words for rows in TABLE for row in rows}


def test_every_transition_and_reason_is_one_that_the_table_leads_to() -> None:
    rows = [row for part in TABLE for row in part]
    assert {row.transition for row in rows} == set(Transition)
    named = {row.reason for row in rows if row.reason}
    assert named | {Reason.INCIDENT_REVISED, Reason.INCIDENT_RETRACTED} == set(Reason)
