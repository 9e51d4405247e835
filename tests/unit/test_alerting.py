"""The decision to alert."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.domain.alerting import Decided, decide
from models.domain.posture import AlertRules, Decision, Episode, Heard, News, Posture
from models.domain.silences import Silence
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.command import (
    AcknowledgeCommand,
    AnyCommand,
    ExpireSilenceCommand,
    NoteCommand,
    ResolveCommand,
    SilenceCommand,
)
from schemas.incident import Traffic
from tests.builders import NOON, SEGMENT, at

RULES = AlertRules()
SAID = {"segment_id": SEGMENT, "author": "duty officer"}


def decided(
    posture: Posture,
    level: Level,
    news: News = News.TIME,
    now: datetime = NOON,
    *,
    holds: Level | None = None,
    command: AnyCommand | None = None,
    reported_at: datetime = NOON,
    by_time: Level | None = None,
    taken: frozenset[str] = frozenset(),
) -> Decided:
    heard = Heard(level, holds or level, news, now, reported_at, command, by_time)
    return decide(posture, heard, SEGMENT, Traffic.ACTUAL, RULES, taken.__contains__)


def told(
    episode: Episode | None, level: Level, news: News, now: datetime = NOON
) -> tuple[Episode | None, Decision | None]:
    found = decided(Posture(episode), level, news, now)
    return found.posture.episode, next(iter(found.decisions), None)


def an_episode(
    level: Level, lower_since: datetime | None = None, last: Level | None = None
) -> Episode:
    return Episode("A", 3, level, at(days=-5), lower_since, last=last or level)


def test_nothing_is_raised_while_all_is_normal() -> None:
    assert told(None, Level.NORMAL, News.NEW_INCIDENT) == (None, None)


def test_a_first_rise_opens_an_episode_named_after_where_and_when() -> None:
    episode, decision = told(None, Level.WATCH, News.NEW_INCIDENT)
    assert episode is not None
    assert decision is not None
    assert decision.transition is Transition.RAISED
    assert (decision.sequence, decision.previous_level) == (1, Level.NORMAL)
    assert decision.alert_id == f"{SEGMENT}:20210429T120000.000000Z"


@pytest.mark.parametrize("news", list(News))
def test_a_rise_is_told_at_once_whatever_brought_it(news: News) -> None:
    episode, decision = told(an_episode(Level.WATCH), Level.CRITICAL, news)
    assert episode is not None
    assert decision is not None
    assert (decision.transition, decision.sequence) == (Transition.ESCALATED, 4)


def test_a_fall_is_told_only_after_it_lasted() -> None:
    first, nothing = told(an_episode(Level.CRITICAL), Level.WATCH, News.TIME)
    assert nothing is None
    second, nothing = told(first, Level.WATCH, News.TIME, at(hours=23))
    assert nothing is None
    third, decision = told(second, Level.WATCH, News.TIME, at(hours=24))
    assert third is not None
    assert decision is not None
    assert decision.transition is Transition.DE_ESCALATED
    assert third.level is Level.WATCH


def test_a_level_that_comes_back_starts_the_wait_again() -> None:
    falling, _ = told(an_episode(Level.WARNING), Level.NORMAL, News.TIME)
    back, _ = told(falling, Level.WARNING, News.TIME, at(hours=12))
    assert back is not None
    assert back.lower_since is None


def test_a_return_to_normal_that_lasted_resolves_the_episode() -> None:
    falling = an_episode(Level.WATCH, lower_since=at(days=-1))
    episode, decision = told(falling, Level.NORMAL, News.TIME)
    assert episode is None
    assert decision is not None
    assert (decision.transition, decision.reason) == (Transition.RESOLVED, Reason.LEVEL_FELL)


def test_a_correction_is_told_at_once_though_the_level_stays() -> None:
    _, decision = told(an_episode(Level.CRITICAL), Level.CRITICAL, News.REVISED)
    assert decision is not None
    assert decision.transition is Transition.CORRECTED
    assert decision.reason is Reason.INCIDENT_REVISED


def test_a_retraction_that_leaves_nothing_resolves_at_once() -> None:
    episode, decision = told(an_episode(Level.CRITICAL), Level.NORMAL, News.RETRACTED)
    assert episode is None
    assert decision is not None
    assert decision.transition is Transition.RESOLVED
    assert decision.reason is Reason.INCIDENT_RETRACTED


def test_a_correction_does_not_hasten_a_fall_that_time_brought() -> None:
    falling = an_episode(Level.CRITICAL, lower_since=at(hours=-5), last=Level.NORMAL)
    episode, decision = told(falling, Level.NORMAL, News.REVISED)
    assert decision is not None
    assert (decision.transition, decision.level) == (Transition.CORRECTED, Level.CRITICAL)
    assert episode is not None
    assert episode.lower_since == at(hours=-5)


def test_a_retraction_that_lowers_the_level_further_is_told_at_once_in_a_fall_too() -> None:
    falling = an_episode(Level.CRITICAL, lower_since=at(hours=-5), last=Level.WATCH)
    episode, decision = told(falling, Level.NORMAL, News.RETRACTED)
    assert episode is None
    assert decision is not None
    assert decision.transition is Transition.RESOLVED


def test_a_correction_is_no_reason_for_a_fall_that_time_alone_leads_to() -> None:
    standing = Posture(an_episode(Level.CRITICAL))
    for by_time, transition, level in (
        (Level.CRITICAL, Transition.CORRECTED, Level.WATCH),
        (Level.WARNING, Transition.CORRECTED, Level.WATCH),
        (Level.WATCH, Transition.CORRECTED, Level.CRITICAL),
        (Level.NORMAL, Transition.CORRECTED, Level.CRITICAL),
    ):
        found = decided(standing, Level.WATCH, News.REVISED, by_time=by_time)
        (decision,) = found.decisions
        assert (decision.transition, decision.level) == (transition, level)


def test_a_further_incident_at_the_same_level_updates_the_alert() -> None:
    _, decision = told(an_episode(Level.WARNING), Level.WARNING, News.NEW_INCIDENT)
    assert decision is not None
    assert decision.transition is Transition.UPDATED


def test_a_lesser_incident_does_not_stop_the_fall() -> None:
    falling = an_episode(Level.CRITICAL, lower_since=at(hours=-5))
    episode, decision = told(falling, Level.WATCH, News.NEW_INCIDENT)
    assert decision is not None
    assert decision.transition is Transition.UPDATED
    assert episode is not None
    assert episode.lower_since == at(hours=-5)


def test_time_alone_says_nothing_while_the_level_stays() -> None:
    assert told(an_episode(Level.WATCH), Level.WATCH, News.TIME)[1] is None


def test_what_hovers_below_the_threshold_at_which_it_began_holds_the_level() -> None:
    found = decided(Posture(an_episode(Level.WATCH)), Level.NORMAL, holds=Level.WATCH)
    assert found.decisions == ()
    assert found.posture.episode is not None
    assert found.posture.episode.lower_since is None


def test_a_fall_leads_to_the_worst_level_since_it_began() -> None:
    warning = decided(Posture(an_episode(Level.CRITICAL)), Level.WARNING).posture
    (fall,) = decided(warning, Level.NORMAL, now=at(days=1)).decisions
    assert (fall.transition, fall.level) == (Transition.DE_ESCALATED, Level.WARNING)


def test_an_alert_that_is_ended_by_hand_leaves_only_its_own_level_let_go() -> None:
    command = ResolveCommand(kind="resolve", alert_id="A", **SAID)
    ended = decided(
        Posture(an_episode(Level.WARNING)), Level.WARNING, holds=Level.CRITICAL, command=command
    )
    assert [d.level for d in ended.decisions] == [Level.WARNING]
    (raised,) = decided(ended.posture, Level.CRITICAL, now=at(hours=1)).decisions
    assert raised.transition is Transition.RAISED


@pytest.mark.parametrize(
    "command",
    [
        AcknowledgeCommand(kind="acknowledge", alert_id="A", level=Level.WATCH, **SAID),
        ResolveCommand(kind="resolve", alert_id="A", level=Level.WATCH, **SAID),
    ],
    ids=lambda c: c.kind,
)
def test_what_was_said_of_a_watch_does_not_count_for_the_warning_it_has_come_to(
    command: AnyCommand,
) -> None:
    found = decided(Posture(an_episode(Level.WATCH)), Level.WARNING, command=command)
    assert [d.transition for d in found.decisions] == [Transition.ESCALATED]
    assert found.answer == "level: 'A' was watch and is warning by now"


def test_a_silence_that_is_over_is_answered() -> None:
    found = decided(Posture(), Level.NORMAL, command=silence(), now=at(hours=8))
    assert found.posture == Posture()
    assert found.answer is not None


def test_the_end_of_a_silence_of_a_border_is_answered_by_the_border_alone() -> None:
    command = ExpireSilenceCommand(
        kind="expire-silence", silence_id="S", segment_id="KGZ-TJK", author="duty officer"
    )
    assert decided(Posture(), Level.NORMAL, command=command).answer is None


def test_what_hovers_there_raises_nothing() -> None:
    assert decided(Posture(), Level.NORMAL, holds=Level.WATCH).decisions == ()


@pytest.mark.parametrize(("earlier", "days"), [(0, 1), (1, 2), (2, 4), (3, 7), (9, 7)])
def test_each_fall_of_late_doubles_how_long_the_next_must_last(earlier: int, days: int) -> None:
    falls = tuple(at(hours=-n) for n in range(earlier, 0, -1))
    since = NOON - timedelta(days=days)
    falling = Posture(an_episode(Level.WARNING, lower_since=since), falls=falls)
    early = replace(
        falling, episode=an_episode(Level.WARNING, lower_since=since + timedelta(seconds=1))
    )
    assert decided(early, Level.NORMAL).decisions == ()
    (decision,) = decided(falling, Level.NORMAL).decisions
    assert (decision.transition, decision.flaps) == (Transition.RESOLVED, earlier + 1)


def test_no_more_falls_are_remembered_than_can_matter() -> None:
    many = tuple(at(hours=-n) for n in range(20, 0, -1))
    retracted = decided(Posture(an_episode(Level.WATCH), falls=many), Level.NORMAL, News.RETRACTED)
    assert [d.flaps for d in retracted.decisions] == [10]
    assert retracted.posture.falls == (*many[-9:], NOON)


def test_falls_of_more_than_a_week_ago_do_not_count() -> None:
    falling = Posture(an_episode(Level.WATCH, lower_since=at(days=-1)), falls=(at(days=-7),))
    assert decided(falling, Level.NORMAL).decisions != ()


def test_an_alert_of_which_nothing_is_reported_for_a_month_expires_whatever_its_level() -> None:
    episode = replace(an_episode(Level.WATCH), opened_at=at(days=-40))
    early = decided(Posture(episode), Level.WATCH, reported_at=at(days=-29))
    assert early.decisions == ()
    found = decided(Posture(episode), Level.WATCH, reported_at=at(days=-30))
    (decision,) = found.decisions
    assert (decision.transition, decision.reason) == (Transition.EXPIRED, Reason.NOTHING_REPORTED)
    assert found.posture == Posture(let_go=Level.WATCH)


def test_what_was_let_go_is_told_of_again_only_once_it_is_worse() -> None:
    let_go = Posture(let_go=Level.WARNING)
    assert decided(let_go, Level.WARNING).decisions == ()
    assert decided(let_go, Level.CRITICAL).decisions != ()


def test_what_was_let_go_is_told_of_again_once_something_is_reported() -> None:
    (decision,) = decided(Posture(let_go=Level.WARNING), Level.WATCH, News.NEW_INCIDENT).decisions
    assert decision.transition is Transition.RAISED


def test_a_level_that_sank_and_rose_again_is_no_longer_let_go() -> None:
    sunk = decided(Posture(let_go=Level.WARNING), Level.WATCH).posture
    assert decided(sunk, Level.WARNING).decisions != ()


def acknowledge(kind: str = "acknowledge", alert_id: str = "A") -> AnyCommand:
    return AcknowledgeCommand(kind=kind, alert_id=alert_id, **SAID)


def test_an_acknowledgement_stays_until_it_is_taken_back() -> None:
    watched = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=acknowledge())
    assert [d.transition for d in watched.decisions] == [Transition.ACKNOWLEDGED]
    later = decided(watched.posture, Level.WATCH, News.NEW_INCIDENT)
    assert [d.acknowledged for d in later.decisions] == [True]
    back = decided(later.posture, Level.WATCH, command=acknowledge("unacknowledge"))
    assert [d.transition for d in back.decisions] == [Transition.UNACKNOWLEDGED]
    assert not back.decisions[0].acknowledged


def test_what_is_acknowledged_already_is_not_told_of_again() -> None:
    watched = Posture(replace(an_episode(Level.WATCH), acknowledged=True))
    found = decided(watched, Level.WATCH, command=acknowledge())
    assert (found.posture, found.decisions) == (watched, ())
    assert found.answer is not None


def test_a_rise_ends_an_acknowledgement() -> None:
    watched = replace(an_episode(Level.WATCH), acknowledged=True)
    found = decided(Posture(watched), Level.WARNING, News.NEW_INCIDENT)
    assert [(d.transition, d.acknowledged) for d in found.decisions] == [
        (Transition.ESCALATED, False)
    ]


@pytest.mark.parametrize(
    "command",
    [
        acknowledge(alert_id="B"),
        acknowledge("unacknowledge"),
        ResolveCommand(kind="resolve", alert_id="B", **SAID),
        NoteCommand(kind="note", alert_id="B", note="seen", **{**SAID}),
        ExpireSilenceCommand(kind="expire-silence", silence_id="S", **SAID),
    ],
    ids=lambda c: c.kind,
)
def test_a_command_on_what_is_not_in_force_is_answered_and_changes_nothing(
    command: AnyCommand,
) -> None:
    posture = Posture(an_episode(Level.WATCH))
    found = decided(posture, Level.WATCH, command=command)
    assert (found.posture, found.decisions) == (posture, ())
    assert found.answer is not None
    assert getattr(command, "alert_id", "S") in found.answer


def test_an_acknowledgement_that_comes_as_the_alert_ends_is_answered() -> None:
    ending = Posture(an_episode(Level.WATCH, lower_since=at(days=-1)))
    found = decided(ending, Level.NORMAL, command=acknowledge())
    assert [d.transition for d in found.decisions] == [Transition.RESOLVED]
    assert found.answer is not None


def test_a_note_on_an_alert_that_was_is_taken_without_a_word() -> None:
    note = NoteCommand(kind="note", alert_id="B", note="seen", **{**SAID})
    found = decided(Posture(), Level.NORMAL, command=note, taken=frozenset({"B"}))
    assert found == Decided(Posture())


def test_an_operator_resolves_an_alert_whatever_its_level() -> None:
    command = ResolveCommand(kind="resolve", alert_id="A", **SAID)
    found = decided(Posture(an_episode(Level.CRITICAL)), Level.CRITICAL, command=command)
    (decision,) = found.decisions
    assert (decision.transition, decision.reason) == (Transition.RESOLVED, Reason.OPERATOR)
    assert decision.level is Level.CRITICAL
    assert found.posture == Posture(let_go=Level.CRITICAL)


def silence(**changes: object) -> SilenceCommand:
    given = {"kind": "silence", "silence_id": "S", "starts": NOON, "ends": at(hours=8), **SAID}
    return SilenceCommand.model_validate(given | changes)


def test_a_silence_is_told_and_what_follows_says_until_when() -> None:
    found = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=silence())
    assert [(d.transition, d.reason) for d in found.decisions] == [
        (Transition.SILENCED, Reason.OPERATOR)
    ]
    worse = decided(found.posture, Level.WARNING, News.NEW_INCIDENT, at(hours=1))
    assert [d.silenced_until for d in worse.decisions] == [at(hours=8)]


def test_a_silence_that_ends_is_told_with_the_next_record() -> None:
    silenced = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=silence()).posture
    found = decided(silenced, Level.WATCH, now=at(hours=8))
    assert [(d.transition, d.reason, d.silenced_until) for d in found.decisions] == [
        (Transition.UNSILENCED, Reason.SILENCE_ENDED, None)
    ]
    assert found.posture.silences == ()


def test_a_silence_covers_its_beginning_and_not_its_end() -> None:
    covers = Silence("S", NOON, at(hours=8)).covers
    moments = (at(hours=-1), NOON, at(hours=7), at(hours=8))
    assert [covers(Level.WATCH, now) for now in moments] == [False, True, True, False]


def test_a_silence_that_an_operator_ends_is_told_at_once() -> None:
    silenced = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=silence()).posture
    command = ExpireSilenceCommand(kind="expire-silence", silence_id="S", **SAID)
    found = decided(silenced, Level.WATCH, command=command, now=at(hours=1))
    assert [(d.transition, d.reason) for d in found.decisions] == [
        (Transition.UNSILENCED, Reason.OPERATOR)
    ]


def test_a_silence_to_come_counts_from_its_beginning() -> None:
    ahead = silence(starts=at(hours=2))
    found = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=ahead)
    assert found.decisions == ()
    begun = decided(found.posture, Level.WATCH, now=at(hours=2))
    assert [(d.transition, d.reason) for d in begun.decisions] == [
        (Transition.SILENCED, Reason.SILENCE_BEGAN)
    ]


def test_an_alert_that_is_raised_within_a_silence_says_so_at_once() -> None:
    covered = Posture(silences=(Silence("S", at(hours=-1), at(hours=8)),))
    (decision,) = decided(covered, Level.WATCH, News.NEW_INCIDENT).decisions
    assert (decision.transition, decision.silenced_until) == (Transition.RAISED, at(hours=8))


def test_a_silence_of_watches_covers_no_warning() -> None:
    quiet = silence(levels=[Level.WATCH])
    silenced = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=quiet).posture
    found = decided(silenced, Level.WARNING, News.NEW_INCIDENT, at(hours=1))
    assert [(d.transition, d.silenced_until) for d in found.decisions] == [
        (Transition.ESCALATED, None),
        (Transition.UNSILENCED, None),
    ]


def test_a_silence_of_updates_leaves_the_alert_itself_as_it_is() -> None:
    quiet = silence(transitions=[Transition.UPDATED])
    found = decided(Posture(an_episode(Level.WATCH)), Level.WATCH, command=quiet)
    assert found.decisions == ()
    (update,) = decided(found.posture, Level.WATCH, News.NEW_INCIDENT, at(hours=1)).decisions
    assert update.silenced_until == at(hours=8)
    (rise,) = decided(found.posture, Level.WARNING, News.NEW_INCIDENT, at(hours=1)).decisions
    assert rise.silenced_until is None


def test_the_same_silence_again_replaces_it() -> None:
    posture = decided(Posture(), Level.NORMAL, command=silence()).posture
    again = decided(posture, Level.NORMAL, command=silence(ends=at(hours=2))).posture
    assert again.silences == (Silence("S", NOON, at(hours=2)),)
