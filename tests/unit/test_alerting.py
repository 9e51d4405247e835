"""The decision to alert."""

from datetime import datetime

import pytest

from models.domain.alerting import AlertRules, Decision, Episode, News, decide
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from tests.builders import NOON, SEGMENT, at

RULES = AlertRules()


def told(
    episode: Episode | None, level: Level, news: News, now: datetime = NOON
) -> tuple[Episode | None, Decision | None]:
    return decide(episode, level, news, now, SEGMENT, Traffic.ACTUAL, RULES)


def an_episode(
    level: Level, lower_since: datetime | None = None, last: Level | None = None
) -> Episode:
    return Episode("A", 3, level, at(days=-5), lower_since, last or level)


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
