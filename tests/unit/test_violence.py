"""Which days count as violent, and from when on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.domain.violence import Told, border_of, dates, is_violent, told, violent_days
from schemas.incident import IncidentReport
from tests.builders import NOON, SEGMENT, at, report, retraction

DAY = NOON.date()
STONES = {"event_type": "Riots", "sub_event_type": "Mob violence"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        (STONES, False),
        (STONES | {"steps": (4,)}, True),
        (STONES | {"steps": (3,)}, False),
        (STONES | {"deaths": 1}, True),
        (STONES | {"deaths": 0}, False),
        (STONES | {"injured": {"best": 2}}, True),
        (STONES | {"injured": {"low": 0, "high": 5}}, False),
        (STONES | {"injured": {"claims": [{"claimant": "x", "of_side": "TJK", "best": 3}]}}, True),
        ({"event_type": "Strategic developments", "sub_event_type": "Talks"}, False),
    ],
)
def test_a_day_is_violent_with_shots_at_people_deaths_or_injuries(
    fields: dict[str, Any], expected: bool
) -> None:
    assert is_violent(report(**fields)) is expected


def occurred(start: datetime, precision: str, end: datetime | None = None) -> IncidentReport:
    return report(occurred={"start": start, "end": end, "precision": precision})


def test_violence_begins_with_the_first_incident_of_the_day_and_place() -> None:
    found = violent_days(
        [
            Told(SEGMENT, report(incident_id="I-2", start=at(hours=5)), at(hours=9)),
            Told(SEGMENT, report(incident_id="I-1", start=at(hours=2)), at(hours=20)),
            Told("KGZ-TJK", report(incident_id="I-3", start=at(hours=1))),
            Told(SEGMENT, report(incident_id="I-4", start=at(hours=-3), **STONES)),
            Told(SEGMENT, report(incident_id="I-5", start=at(hours=12))),
        ]
    )
    assert [(d.day.day, d.place, d.begins, d.incidents) for d in found] == [
        (29, "KGZ-TJK", at(hours=1), ("I-3",)),
        (29, SEGMENT, at(hours=2), ("I-1", "I-2")),
        (30, SEGMENT, at(hours=12), ("I-5",)),
    ]
    assert [d.deaths_known for d in found] == [None, at(hours=9), None]
    assert found[1].words == "Armed clash at Kok-Tash"


def test_what_is_known_to_the_day_counts_from_its_midnight() -> None:
    (found,) = violent_days([Told(SEGMENT, occurred(at(hours=-3), "day"))])
    assert (found.begins, found.to_the_hour) == (datetime(2021, 4, 29, tzinfo=UTC), False)


def test_what_is_known_to_the_week_begins_on_no_day() -> None:
    assert violent_days([Told(SEGMENT, occurred(NOON, "week"))]) == []


def test_every_day_that_an_incident_lasted_is_violent_on_its_border_alone() -> None:
    long = Told(SEGMENT, occurred(NOON, "hour", at(days=2)))
    assert dates([long], "KGZ-TJK") == {DAY, at(days=1).date(), at(days=2).date()}
    assert dates([long], "KGZ-UZB") == set()


def test_deaths_are_known_from_the_first_revision_that_tells_of_one() -> None:
    first = told(None, report(), SEGMENT, NOON)
    assert first is not None
    assert first.deaths_known_at is None
    second = told(first, report(revision=2, deaths=3), SEGMENT, at(hours=10))
    third = told(second, report(revision=3, deaths=13), SEGMENT, at(hours=20))
    assert third is not None
    assert third.deaths_known_at == at(hours=10)
    taken_back = told(third, report(revision=4, deaths=0), SEGMENT, at(hours=30))
    assert taken_back is not None
    assert taken_back.deaths_known_at is None


def test_what_is_withdrawn_or_has_no_place_counts_nowhere() -> None:
    known = Told(SEGMENT, report())
    assert told(known, retraction(), None, NOON) is None
    assert told(known, report(revision=2), None, NOON) is None


def test_the_border_of_a_segment_is_named_by_its_id() -> None:
    assert border_of(SEGMENT) == border_of("KGZ-TJK") == "KGZ-TJK"
