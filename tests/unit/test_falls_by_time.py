"""A level that falls by time is told as that, also when a correction comes in the same moment."""

from datetime import datetime

from schemas.alert import Alert, Reason, Transition
from schemas.assessment import Level
from schemas.incident import IncidentReport, IncidentRetraction
from schemas.observation import Tick
from schemas.topics import ALERTS
from services.composition import engine
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from tests.builders import NOON, at, event, report, retraction

Said = tuple[IncidentReport | IncidentRetraction, datetime]
CLASH_HOLDS_DAYS = 7
"""How long shots fired at people hold the ladder's level [days]."""


async def alerts(*said: Said, ticks: tuple[datetime, ...] = ()) -> list[Alert]:
    """Return what is told of a clash at noon, of further reports, and then of time passing."""
    log = MemoryLog(engine(Settings(borders=("KGZ-TJK",))), 4)
    outcome = await log.report(event(report(), NOON))
    own = next(o for o in outcome.observations if getattr(o, "own", False))
    for data, moment in said:
        await log.report(event(data, moment))
    for moment in ticks:
        tick = Tick(segment_id=own.segment_id, traffic=own.traffic, recorded_at=moment)
        await log.tell([tick])
    await log.settle()
    found = [ALERTS.value.validate_json(raw).data for raw in log.alerts]
    return [alert for alert in found if alert.segment_id == own.segment_id]


async def test_a_revision_that_comes_as_the_level_falls_is_not_its_reason() -> None:
    later = at(days=CLASH_HOLDS_DAYS, hours=1)
    revised = report(
        revision=2,
        status="corrected",
        status_reason="a victim has died",
        fatalities={"best": 1, "low": 1, "high": 1},
    )
    told = await alerts((revised, later), ticks=(at(days=8), at(days=9)))
    raised, corrected, over = told
    assert raised.transition is Transition.RAISED
    # What it rests on has changed; the level stays until the lower one has lasted a day.
    assert (corrected.transition, corrected.reason) == (
        Transition.CORRECTED,
        Reason.INCIDENT_REVISED,
    )
    assert corrected.level is raised.level
    assert corrected.recorded_at == later
    assert over.reason is Reason.LEVEL_FELL
    assert over.recorded_at == at(days=9)


async def test_a_retraction_that_takes_away_what_time_has_left_is_the_reason() -> None:
    raised, over = await alerts((retraction(), at(days=CLASH_HOLDS_DAYS, hours=-1)))
    assert raised.level is not Level.NORMAL
    assert (over.transition, over.reason) == (Transition.RESOLVED, Reason.INCIDENT_RETRACTED)
    assert over.recorded_at == at(days=CLASH_HOLDS_DAYS, hours=-1)
