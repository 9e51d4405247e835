"""The ladder from the environment: today's rules by default, and none that cannot be meant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.domain import risk
from models.domain.errors import UnsoundLadder
from models.domain.ladder import MEMORY, LadderRules, Rung, field_of
from schemas.assessment import Level
from schemas.taxonomy import Step
from schemas.topics import INCIDENTS, OBSERVATIONS
from services.composition import engine, rules
from services.ladder_settings import Ladder
from services.local.demo import for_demo
from services.local.environment import environment
from services.replay.driver import drive
from services.replay.memory_log import MemoryLog
from services.settings import Kafka, Settings
from services.truth.verify import DERIVED, Verification
from services.variables import BadSetting
from tests.builders import NOON, event, report
from tests.ledger.builders import Tape

DAY = timedelta(days=1)


def test_by_default_the_ladder_is_that_of_the_domain() -> None:
    assert rules(Settings()).ladder == LadderRules()


def test_the_default_ladder_is_this_one() -> None:
    found = {step: LadderRules().rung(step) for step in Step}
    assert found == {
        Step.WORKS: Rung(Level.WATCH, 2 * DAY),
        Step.STONES: Rung(Level.WATCH, 3 * DAY),
        Step.WARNING_SHOTS: Rung(Level.WATCH, 3 * DAY),
        Step.SHOTS: Rung(Level.WARNING, 7 * DAY),
        Step.HEAVY_WEAPONS: Rung(Level.CRITICAL, 7 * DAY),
    }
    climb = LadderRules()
    assert (climb.climb_within, climb.climb_steps, climb.climb_levels) == (DAY, 2, 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("3 days", 3 * DAY),
        ("36h", 1.5 * DAY),
        ("1.5 d", 1.5 * DAY),
        ("90 min", DAY / 16),
        ("P3DT12H", 3.5 * DAY),
        ("0 hours", timedelta(0)),
    ],
)
def test_a_step_of_which_one_value_is_set_keeps_its_other(
    written: str, meant: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_LADDER__STONES__HOLDS", written)
    expected = replace(LadderRules(), stones=Rung(Level.WATCH, meant))
    assert rules(Settings()).ladder == expected


def test_every_rule_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for step in Step:
        name = f"FOREWARN_LADDER__{field_of(step)}".upper()
        monkeypatch.setenv(f"{name}__LEVEL", "Warning")
        monkeypatch.setenv(f"{name}__HOLDS", f"{step} hours")
    monkeypatch.setenv("FOREWARN_LADDER__CLIMB_WITHIN", "6 hours")
    monkeypatch.setenv("FOREWARN_LADDER__CLIMB_STEPS", "3")
    monkeypatch.setenv("FOREWARN_LADDER__CLIMB_LEVELS", "0")
    found = rules(Settings()).ladder
    assert all(found.rung(s) == Rung(Level.WARNING, timedelta(hours=s)) for s in Step)
    assert (found.climb_within, found.climb_steps, found.climb_levels) == (DAY / 4, 3, 0)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORKS__HOLDS", "-1 hour", "found -1 hours; expected no time below zero, e.g. 2 days"),
        ("CLIMB_WITHIN", "-P1D", "found -1 days; expected no time below zero"),
        ("WORKS__HOLDS", "3", "found '3'; expected a number with its unit, e.g. 2 days, 36 hours"),
        ("WORKS__HOLDS", "soon", "found 'soon'; expected a number with its unit"),
        ("WORKS__HOLDS", "5 ms", "found '5 ms'; expected a number with its unit"),
        ("WORKS__HOLDS", "99999999999 days", "expected a number with its unit"),
        ("SHOTS__HOLDS", "14 days", "found 14 days; expected at most 13 days: incidents are rem"),
        ("CLIMB_WITHIN", "15 days", "found 15 days; expected at most 14 days"),
        ("CLIMB_WITHIN", "P8D", "SHOTS__HOLDS: found 7 days; expected at most 6 days"),
        ("WORKS__LEVEL", "red", "found 'red'; expected 'normal', 'watch', 'warning' or 'critical'"),
        ("STONES__LEVEL", "normal", "found normal; expected watch or worse, since works, a lower"),
        ("WORKS__LEVEL", "warning", "STONES__LEVEL: found watch; expected warning or worse, since"),
        ("CLIMB_STEPS", "0", "found 0; expected a whole number from 1 to 4"),
        ("CLIMB_STEPS", "5", "found 5; expected a whole number from 1 to 4"),
        ("CLIMB_LEVELS", "-1", "found -1; expected a whole number from 0 to 3"),
        ("CLIMB_LEVELS", "4", "found 4; expected a whole number from 0 to 3"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FOREWARN_LADDER__{name}", value)
    variable = f"FOREWARN_LADDER__{'' if ': found' in said else f'{name}: '}"
    with pytest.raises(BadSetting) as raised:
        Settings()
    assert str(raised.value).startswith(variable)
    assert said in str(raised.value)


def test_the_domain_refuses_unsound_rules_by_itself() -> None:
    with pytest.raises(UnsoundLadder, match=r"^heavy_weapons\.level: found watch; .*raise this"):
        LadderRules(heavy_weapons=Rung(Level.WATCH, DAY))


def test_the_ladder_looks_back_as_far_as_single_incidents_are_kept() -> None:
    assert MEMORY == risk.RECENT


def test_the_worker_and_the_demonstration_are_told_the_same_ladder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ladder = Ladder.model_validate({"works": {"holds": "30h"}, "climb_levels": 2})
    settings = for_demo(Settings(ladder=ladder))
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings().ladder == ladder
    assert rules(Settings()).ladder.works == Rung(Level.WATCH, 1.25 * DAY)


async def test_a_log_is_verified_under_the_rules_it_was_written_under_and_no_others() -> None:
    settings = Settings(borders=("KGZ-TJK",), kafka=Kafka(partitions=1))
    mild = Ladder.model_validate({"shots": {"level": "watch"}})
    other = settings.model_copy(update={"ladder": mild})
    tape = Tape()
    await drive([event(report(), NOON)], MemoryLog(engine(settings), 1, tape.take))
    assert differences(settings, tape) == 0
    assert differences(other, tape) > 0


def differences(settings: Settings, tape: Tape) -> int:
    """Return how many records differ from what the settings' rules make of the log."""
    run = Verification(
        engine(settings), {INCIDENTS.name: {0: 99}, OBSERVATIONS.name: {0: 99}}, 1, tables=False
    )
    for topic in DERIVED:
        run.published([r for r in tape.records if r.ref.topic == topic.name])
    for topic in (INCIDENTS, OBSERVATIONS):
        run.replay([r for r in tape.records if r.ref.topic == topic.name])
    return len(run.conclude().differences)
