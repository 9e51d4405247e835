"""The demonstration case: whole, in order, and true to its figures."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from schemas.event import IncidentEvent
from schemas.incident import IncidentReport
from services.replay.events import case

SEED = Path(__file__).parents[3] / "shared" / "data" / "kgz_tjk_incidents_seed.csv"


@pytest.fixture(scope="module")
def told() -> list[IncidentEvent]:
    lines = case().read_bytes().splitlines()
    return [IncidentEvent.model_validate_json(line, strict=True) for line in lines]


def reports(told: list[IncidentEvent]) -> list[IncidentReport]:
    return [e.data for e in told if isinstance(e.data, IncidentReport)]


def test_the_case_is_ordered_by_the_time_of_report_and_its_revisions_ascend(
    told: list[IncidentEvent],
) -> None:
    assert [e.time for e in told] == sorted(e.time for e in told)
    revisions = defaultdict(list)
    for e in told:
        revisions[e.data.incident_id].append(e.data.revision)
    assert all(found == list(range(1, len(found) + 1)) for found in revisions.values())
    assert len(revisions) == 29


def test_nothing_is_reported_before_it_began(told: list[IncidentEvent]) -> None:
    assert all(e.time >= r.occurred.start for e, r in zip(told, reports(told), strict=True))


def test_the_best_toll_is_the_sum_of_both_sides_and_unknown_when_one_is(
    told: list[IncidentEvent],
) -> None:
    for r in reports(told):
        for toll in (r.fatalities, r.injured):
            sides = {c.of_side: c.best or 0 for c in toll.claims}
            if len(sides) == 2:
                assert toll.best == sum(sides.values()), r.incident_id
            elif sides:
                assert toll.best is None, r.incident_id


@pytest.mark.parametrize(
    ("incident_id", "kyrgyz", "tajik"), [("KGTJ-013", 31, 7), ("KGTJ-024", 63, 83)]
)
def test_the_last_revision_has_the_final_tolls(
    told: list[IncidentEvent], incident_id: str, kyrgyz: int, tajik: int
) -> None:
    last = [r for r in reports(told) if r.incident_id == incident_id][-1]
    assert {c.of_side: c.best for c in last.fatalities.claims} == {"KGZ": kyrgyz, "TJK": tajik}


def test_the_talks_and_the_treaty_are_de_escalation_on_the_border_as_a_whole(
    told: list[IncidentEvent],
) -> None:
    kinds = {r.incident_id: r.sub_event_type.value for r in reports(told)}
    assert kinds["KGTJ-027"] == "Talks"
    assert kinds["KGTJ-026"] == "Agreement"
    assert all(set(r.place.countries) == {"KGZ", "TJK"} for r in reports(told))


@pytest.mark.skipif(not SEED.exists(), reason=f"the compiled press reports are not at {SEED}")
def test_every_compiled_report_is_in_the_case_on_its_day(told: list[IncidentEvent]) -> None:
    with SEED.open(newline="") as lines:
        seed = {row["incident_id"]: row for row in csv.DictReader(lines)}
    first = {r.incident_id: r for r in reversed(reports(told))}
    assert set(seed) <= set(first)
    for incident_id, row in seed.items():
        # A local dawn may still be the day before at UTC.
        difference = first[incident_id].occurred.start.date().toordinal()
        difference -= date.fromisoformat(row["date_start"]).toordinal()
        assert difference in (-1, 0), incident_id
