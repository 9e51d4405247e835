"""A day beside those around it: what began before, was told late, was taken back, grew after."""

from datetime import date, timedelta

from schemas.assessment import Level
from schemas.incident import Traffic
from tests.builders import NOON, report, retraction
from tests.console.story import SHOTS, story
from tests.ledger.builders import Tape

DAY = date(2021, 4, 29)
"""The day that is told of."""

PLACE = "KGZ-TJK-050-07"

OLD, LATE, GONE, LONG, VAGUE = "D-OLD", "D-LATE", "D-GONE", "D-LONG", "D-VAGUE"
"""Incidents: of three days before; of the day before, told on the day; of two days before, taken
back on the day; begun the day before and going on; known to the month alone, told on the day."""


def days(tape: Tape) -> None:
    """Write the days; the last record is of noon after the day."""
    ago = {n: NOON - timedelta(days=n) for n in (1, 2, 3)}
    tape.report(report(incident_id=OLD, start=ago[3], deaths=0), ago[3], segment_id=PLACE)
    gone = tape.report(report(incident_id=GONE, start=ago[2]), ago[2], segment_id=PLACE)
    long = {"start": ago[1], "end": NOON, "precision": "day"}
    tape.report(report(incident_id=LONG, occurred=long), ago[1], segment_id=PLACE)
    morning, evening = NOON - timedelta(hours=4), NOON + timedelta(hours=8)
    tape.report(report(incident_id=LATE, start=ago[1], deaths=1), morning, segment_id=PLACE)
    withdrawn = retraction(incident_id=GONE, status_reason="it was a film")
    tape.report(withdrawn, morning, replaces=gone, segment_id=PLACE)
    vague = {"start": ago[3], "precision": "month"}
    tape.report(report(incident_id=VAGUE, occurred=vague), morning, segment_id=PLACE)
    story(tape, evening, PLACE)
    beat = {"segment_id": PLACE, "traffic": Traffic.HEARTBEAT, "level": Level.NORMAL}
    tape.assess(NOON + timedelta(hours=11), **beat)
    grown = report(
        incident_id=SHOTS, revision=3, status="confirmed", start=evening - timedelta(hours=6),
        deaths=9,
    )  # fmt: skip
    tape.report(grown, NOON + timedelta(days=1), segment_id=PLACE)
    tape.assess(NOON + timedelta(days=1), segment_id=PLACE, level=Level.NORMAL)
