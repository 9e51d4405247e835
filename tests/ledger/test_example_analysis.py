"""The example that asks the ledger by SQL answers what its rows say, on both databases."""

import os
import re
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL

from schemas.observation import AssertObservation, RetractObservation
from schemas.topics import OBSERVATIONS
from services.ledger import database
from services.ledger.store import Store
from tests.builders import at, effect, ref, report, retraction
from tests.ledger.builders import Tape, alert

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "analyse.py"
ONE, OTHER, THIRD = "KGZ-TJK-050-07", "KGZ-TJK-050-08", "KGZ-TJK-050-09"


def answers(where: URL) -> dict[str, list[list[str]]]:
    """Return the rows of each answer by its first words, as the program prints them."""
    told = subprocess.run(
        [sys.executable, PROGRAM],
        env=os.environ | {"LEDGER": where.render_as_string(hide_password=False)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    blocks = [block.splitlines() for block in told.stdout.strip().split("\n\n")]
    return {
        " ".join(title.split()[:2]): [re.split(r"\s{2,}| (?=\d+$)", row.strip()) for row in rows]
        for title, _, *rows in blocks
    }


def filled(where: URL) -> None:
    """Fill a ledger: a death that was foretold, one that was not, and some that do not count."""
    tape = Tape()
    tape.report(report(incident_id="first", deaths=2, start=at(hours=6)), at(hours=7))
    tape.report(report(incident_id="later", deaths=1, start=at(days=1)), at(days=1))
    tape.report(report(incident_id="none", deaths=0, start=at(hours=1)), at(hours=1))
    # Was reported as the first one, and was not.
    mistaken = tape.report(report(incident_id="m", deaths=9, start=at(hours=2)), at(hours=3))
    tape.report(retraction(incident_id="m"), at(hours=4), replaces=mistaken)
    # Was placed on the segment at first, and lay on the one beside it.
    moved = tape.report(report(incident_id="moved", deaths=4, start=at(hours=3)), at(hours=3))
    there = {"traffic": "actual", "recorded_at": at(hours=5), "cause": ref(0)}
    near = AssertObservation(
        **there, segment_id=ONE, replaces=moved, nearby_km=9.0,
        effect=effect("moved", start=at(hours=3), deaths=4),
    )  # fmt: skip
    tape.add(OBSERVATIONS, near, at(hours=5))
    counts = effect("moved", start=at(days=20), deaths=4)
    tape.add(OBSERVATIONS, AssertObservation(**there, segment_id=OTHER, effect=counts), at(hours=5))
    gone = RetractObservation(**there, segment_id=THIRD, replaces=counts, reason="retracted")
    tape.add(OBSERVATIONS, gone, at(hours=5))
    tape.alert(alert(1, at(0)))
    tape.alert(alert(2, at(hours=1)))
    # Too early to foretell that death, and nothing else happened there.
    tape.alert(alert(1, at(days=1), alert_id="A-2", segment_id=OTHER, opened_at=at(days=1)))
    tape.alert(alert(1, at(days=8), alert_id="A-3", segment_id=THIRD, opened_at=at(days=8)))
    exercise = {"alert_id": "A-4", "traffic": "exercise", "opened_at": at(days=9)}
    tape.alert(alert(1, at(days=9), **exercise))
    engine = database.connect(where)
    tape.feed(Store(engine))
    engine.dispose()


def test_lead_times_alerts_a_week_and_false_alarms_are_those_of_the_rows(where: URL) -> None:
    filled(where)
    found = answers(where)
    # Builders' noon is that of Thursday, 29 April 2021.
    assert [" ".join(row) for row in found["Hours from"]] == [
        f"{ONE} 2021-04-29 18:00:00 2021-04-29 12:00:00 6.0",
        f"{OTHER} 2021-05-19 12:00:00 NaT NaN",
    ]
    assert [" ".join(row) for row in found["Alerts a"]] == ["2021-04-26 2", "2021-05-03 1"]
    assert [" ".join(row) for row in found["Alerts after"]] == ["3 2"]


def test_an_empty_ledger_is_no_fault(where: URL) -> None:
    database.connect(where).dispose()
    assert set(answers(where)) == {"Hours from", "Alerts a", "Alerts after"}
