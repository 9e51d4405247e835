"""A day on one segment, as a log has it: shots, claims, a correction, a retraction, an alert."""

from datetime import datetime, timedelta

from schemas.alert import Reason, Transition
from schemas.assessment import (
    CauseIncident,
    Contribution,
    LadderView,
    Level,
    Probabilities,
)
from schemas.taxonomy import Step
from tests.builders import ref, report, retraction
from tests.ledger.builders import Tape, alert

SOURCE, OTHER_SOURCE = "a villager of Kok-Tash", "a newspaper"

SHOTS, HEARSAY, SECOND = "S-1", "S-2", "S-3"
"""Incidents: one of which both sides claim tolls, one that is retracted, one that bears the first
out."""

ALERT = "S-ALERT"


def story(tape: Tape, now: datetime, segment_id: str) -> None:
    """Write the day: its last record is of 2 hours before ``now``."""
    ago = {hours: now - timedelta(hours=hours) for hours in (2, 3, 4, 5, 6, 30)}
    first = report(incident_id=SHOTS, start=ago[6], deaths=1, sources=[_source(SOURCE, "B", 2)])
    tape.assess(ago[30], segment_id=segment_id, level=Level.NORMAL, probabilities=_chance(0.01))
    counts = tape.report(first, ago[6], segment_id=segment_id)
    tape.assess(
        ago[6], segment_id=segment_id, level=Level.WARNING, ladder=_shots(),
        probabilities=_chance(0.14),
    )  # fmt: skip
    told = alert(
        1, ago[6], alert_id=ALERT, segment_id=segment_id, level=Level.WARNING, opened_at=ago[6],
        headline="WARNING: shots fired at people at Kok-Tash",
    )  # fmt: skip
    tape.alert(told)
    hearsay = report(
        incident_id=HEARSAY, start=ago[5], sources=[_source(OTHER_SOURCE, "F", 6)],
        summary="Tanks are said to move.",
    )  # fmt: skip
    gone = tape.report(hearsay, ago[5], segment_id=segment_id)
    second = report(
        incident_id=SECOND, start=ago[5], corroborates=SHOTS,
        sources=[_source(OTHER_SOURCE, "C", 3)],
    )  # fmt: skip
    tape.report(second, ago[4], segment_id=segment_id)
    claims = [
        {"claimant": "Kyrgyz officials", "of_side": "KGZ", "best": 2},
        {"claimant": "Tajik officials", "of_side": "TJK", "low": 1, "high": 3},
    ]
    corrected = report(
        incident_id=SHOTS, revision=2, status="corrected", status_reason="a second man has died",
        start=ago[6], sources=[_source(SOURCE, "B", 2)],
        fatalities={"low": 2, "best": 3, "high": 5, "claims": claims},
    )  # fmt: skip
    tape.report(corrected, ago[4], replaces=counts, segment_id=segment_id)
    withdrawn = retraction(incident_id=HEARSAY, status_reason="they were combine harvesters")
    tape.report(withdrawn, ago[3], replaces=gone, segment_id=segment_id)
    tape.alert(
        told.model_copy(
            update={
                "sequence": 2,
                "transition": Transition.RESOLVED,
                "reason": Reason.LEVEL_FELL,
                "level": Level.NORMAL,
                "previous_level": Level.WARNING,
                "recorded_at": ago[3],
            }
        )
    )
    tape.assess(ago[2], segment_id=segment_id, **last())


def last() -> dict[str, object]:
    """Return what the last assessment of the day says."""
    return {
        "level": Level.WATCH,
        "model_level": Level.WATCH,
        "model_version": "escalation-1",
        "ladder": _shots(),
        "probabilities": _chance(0.13),
        "contributions": (
            _moved("deaths_30d", 3.0, 0.9),
            _moved("days_since_fatal", 0.0, -0.2),
            _moved("of_another_build", 1.0, 0.1),
        ),
        "incidents": (
            _cause(SHOTS, grade="B1"),
            _cause(SECOND, corroborates=SHOTS, grade="B1"),
            _cause("ELSEWHERE-1"),
        ),
    }


def assessed(tape: Tape, at: datetime, segment_id: str, **fields: object) -> None:
    """Write one more assessment of the segment."""
    tape.assess(at, segment_id=segment_id, **(last() | fields))


def _source(name: str, reliability: str, credibility: int) -> dict[str, object]:
    return {"name": name, "reliability": reliability, "credibility": credibility}


def _chance(escalation: float) -> Probabilities:
    return Probabilities(escalation_14d=escalation, fatal_7d=0.2, fatal_14d=0.3)


def _shots() -> LadderView:
    return LadderView(step=Step.SHOTS, level=Level.WARNING, words="shots fired at people here")


def _moved(feature: str, value: float, log_odds: float) -> Contribution:
    return Contribution(
        feature=feature, value=value, usual=1.0, log_odds=log_odds, words=f"{value} of {feature}"
    )


def _cause(incident_id: str, **fields: str) -> CauseIncident:
    words = f"words on {incident_id}"
    return CauseIncident(incident_id=incident_id, revision=1, record=ref(0), words=words, **fields)
