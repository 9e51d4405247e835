"""The features against what they say they are, day by day."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from models.domain.days import day_of
from models.domain.risk import Risk
from models.domain.tallies import Tallies, Tally
from models.escalation.artifact import load
from models.escalation.features import FEATURE_NAMES, FEATURES, scaled, values
from models.escalation.labels import DeathsByDay, labels
from models.escalation.registry import newest

TODAY = datetime(2020, 6, 1, tzinfo=UTC)
NOW = day_of(TODAY)


def history(seed: int, days: int = 60) -> list[Tally]:
    """Return random days with events, some with deaths here, some with events nearby."""
    random = Random(seed)
    ages = sorted(random.sample(range(1, 1826), days), reverse=True)
    return [
        Tally(NOW - age, 2, fatal, fatal * random.choice([1, 1, 2, 9, 40]), 2 * close, close)
        for age in ages
        for fatal, close in [(random.choice([0, 1, 1, 2]), random.randint(0, 1))]
    ]


def named(tallies: list[Tally], at: datetime = TODAY) -> dict[str, float]:
    return dict(zip(FEATURE_NAMES, values(Risk(Tallies(tallies)), at), strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_windows_and_decays_are_sums_over_days(seed: int) -> None:
    tallies = history(seed)
    found = named(tallies)
    for name, value in found.items():
        what, _, span = name.rpartition("_")
        if what in ("fatal", "deaths", "nearby") and span.endswith("d"):
            inside = [t for t in tallies if NOW - t.day <= int(span[:-1])]
            assert value == sum(getattr(t, what) for t in inside), name
    for half_life in (7, 180):
        decayed = sum(t.fatal * 0.5 ** ((NOW - t.day) / half_life) for t in tallies)
        assert found[f"ewma_{half_life}d"] == pytest.approx(decayed)
    for what in ("nearby", "close"):
        seen = [(NOW - t.day, getattr(t, what)) for t in tallies if getattr(t, what)]
        assert found[f"days_since_{what}"] == min(age for age, _ in seen)
        decayed = sum(n * 0.5 ** (age / 30) for age, n in seen)
        assert found[f"{what}_ewma_30d"] == pytest.approx(decayed)
    fatal = [t for t in tallies if t.fatal]
    assert found["days_since_fatal"] == NOW - fatal[-1].day
    assert found["worst_day_365d"] == max(t.deaths for t in tallies if NOW - t.day <= 365)
    weeks = {(NOW - t.day - 1) // 7 for t in fatal if NOW - t.day <= 364}
    assert found["active_weeks_52"] == len(weeks)
    assert found["active_weeks_13"] == len([w for w in weeks if w < 13])


@pytest.mark.parametrize("seed", range(3))
def test_escalations_are_those_of_the_label(seed: int) -> None:
    """Past days are judged as the label judges them: by the same rule, on what has happened."""
    tallies = history(seed, 90)
    fatal = [t for t in tallies if t.fatal]
    past = DeathsByDay([t.day for t in fatal], [t.deaths for t in fatal])
    begins = range(NOW - (1826 - 180), NOW - 14 + 1)
    told = {day: labels(past, day) for day in begins}
    escalated = [day for day, label in told.items() if label[0] == 1]
    assert escalated, "the history shows what it is for"
    found = named(tallies)
    expected = (len(escalated) + 100 * 0.016) / (len(told) + 100)
    assert found["escalation_share"] == pytest.approx(expected)
    decayed = sum(0.5 ** ((NOW - 14 - day) / 90) for day in escalated)
    assert found["escalations_ewma_90d"] == pytest.approx(decayed)
    _, half_year = past.between(NOW - 180, NOW - 1)
    assert found["threshold"] == pytest.approx(max(5, 2 * 14 / 180 * half_year))
    last_8_weeks = [past.between(NOW - age, NOW - age + 13)[1] for age in range(14, 57)]
    above = [deaths >= found["threshold"] for deaths in last_8_weeks]
    assert found["share_above_8w"] == pytest.approx(sum(above) / len(above))


@pytest.mark.parametrize("seed", range(3))
def test_lulls_are_those_of_the_label(seed: int) -> None:
    tallies = history(seed, 25)
    fatal = [t for t in tallies if t.fatal]
    past = DeathsByDay([t.day for t in fatal], [t.deaths for t in fatal])
    asked = [labels(past, day)[3] for day in range(NOW - (1826 - 60), NOW - 14 + 1)]
    quiet = [onset for onset in asked if onset == onset]
    found = named(tallies)
    expected = (sum(quiet) + 100 * 0.018) / (len(quiet) + 100)
    assert found["onset_share"] == pytest.approx(expected)
    gaps = [b.day - a.day for a, b in pairwise(fatal)]
    assert found["longer_gaps"] == sum(g >= found["days_since_fatal"] for g in gaps)


def test_nothing_that_has_not_happened_counts() -> None:
    known, later = history(1), [Tally(NOW + 3, 1, 1, 50, 4)]
    assert named([*known, *later]) == named(known)


def test_what_happened_today_counts_at_once() -> None:
    today = [Tally(NOW, 1, 1, 7)]
    found = named([*history(1), *today], TODAY + timedelta(hours=9))
    assert found["fatal_1d"] >= 1
    assert found["days_since_fatal"] == 0


def test_a_segment_without_events_has_features_too() -> None:
    x = scaled(np.array([values(Risk(), TODAY)]))
    assert np.isfinite(x).all()


def test_the_table_of_features_is_that_of_the_artefact() -> None:
    assert load(newest()).manifest.features == FEATURE_NAMES
    assert len(set(FEATURE_NAMES)) == len(FEATURES)
    assert all(f.unit and f.source and "{}" in f.words for f in FEATURES)
