"""What a form holds becomes an incident of the contract, and what is wrong is told by field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.incident import IncidentReport, Traffic
from services.console import faults
from services.console.draft import Draft, content, get, new, of, put
from services.console.draft import faults as found_in
from services.console.words import LANGUAGES, Words
from tests.builders import report

NOW = datetime(2026, 1, 31, 18, 5, tzinfo=UTC)
EN = Words("en")


@pytest.fixture
def draft() -> Draft:
    """The draft of a report that lacks nothing."""
    found = new("DESK-1", NOW, Traffic.EXERCISE)
    for path, value in {
        "place.name": "Kok-Tash",
        "place.latitude": "39.959",
        "place.longitude": " 70,5203 ",
        "place.countries": "kgz, TJK",
        "event_type": "Strategic developments",
        "sub_event_type": "Stone-throwing",
        "summary": "Stones near the intake.",
        "sources.0.name": "Mission",
    }.items():
        put(found, path, value)
    return found


def test_a_draft_is_the_incident_that_was_typed(draft: Draft) -> None:
    made = IncidentReport.model_validate(content(draft))
    assert made.occurred.start == NOW
    assert made.occurred.end is None
    assert (made.place.latitude, made.place.longitude) == (39.959, 70.5203)
    assert made.place.countries == ("KGZ", "TJK")
    assert made.traffic is Traffic.EXERCISE
    assert made.fatalities.best is None, "unknown is not 0"
    assert (made.sources[0].reliability, made.sources[0].credibility) == ("F", 6)


def test_zero_dead_are_not_unknown(draft: Draft) -> None:
    put(draft, "fatalities.best", "0")
    assert IncidentReport.model_validate(content(draft)).fatalities.best == 0


def test_a_row_without_any_word_is_told_to_be_wrong_and_not_left_out(draft: Draft) -> None:
    put(draft, "actors", [{"name": "", "side": ""}])
    assert wrong(draft) == {"actors.0.name": EN("fault.missing")}


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("summary", "  ", "This is needed."),
        ("event_type", None, "This is needed."),
        ("place.latitude", "97", "found 97; expected 90 or less"),
        ("place.longitude", "east", "found east; expected a number, such as 39.959"),
        ("fatalities.best", "-1", "found -1; expected 0 or more"),
        ("fatalities.best", "2.5", "found 2.5; expected a whole number"),
        ("injured.low", "some", "found some; expected a whole number"),
        (
            "occurred.start",
            "yesterday",
            "found yesterday; expected a date and time in UTC, such as 2026-01-31 18:00",
        ),
        (
            "incident_id",
            "an id",
            "found an id; expected letters, digits and . _ : / @ + - ; a letter or digit first",
        ),
        ("sources.0.url", "24.kg", "found 24.kg; expected an address that begins with https://"),
        ("sources.0.reliability", "G", "found G; expected one of those that are offered"),
        ("summary", "x" * 4001, f"found {'x' * 57}...; expected at most 4000 characters"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_its_value_and_what_is_expected(
    draft: Draft, path: str, value: Any, text: str
) -> None:
    put(draft, path, value)
    assert wrong(draft) == {path: text}


def test_a_country_is_told_by_its_place_in_the_list(draft: Draft) -> None:
    put(draft, "place.countries", "KG, TJK")
    told = "found KG; expected three-letter country codes, such as KGZ, TJK"
    assert wrong(draft) == {"place.countries.0": told}


@pytest.mark.parametrize(
    ("changes", "path", "text"),
    [
        ({"place.longitude": ""}, "place", "give both latitude and longitude, or neither"),
        ({"occurred.end": "2026-01-31 17:00"}, "occurred", "lies before start"),
        ({"fatalities.low": "3", "fatalities.high": "1"}, "fatalities", "low <= best <= high"),
        ({"sub_event_type": "Armed clash"}, "", "belongs to event_type 'Battles'"),
    ],
)
def test_what_no_field_is_wrong_with_alone_is_told_of_what_holds_them(
    draft: Draft, changes: dict[str, str], path: str, text: str
) -> None:
    for name, value in changes.items():
        put(draft, name, value)
    (told,) = wrong(draft).items()
    assert told[0] == path
    assert text in told[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wrong_with_a_whole_draft_and_all_with_an_empty_one(
    draft: Draft, language: str
) -> None:
    assert faults.told(Words(language), found_in(draft)) == {}
    empty = faults.told(Words(language), found_in(new("DESK-1", NOW, Traffic.ACTUAL)))
    # A place that is exact needs coordinates, which is told once it has a name.
    assert set(empty) == {
        "place.name", "event_type", "sub_event_type", "summary", "sources.0.name",
    }  # fmt: skip


def test_the_next_revision_begins_with_what_the_last_one_said() -> None:
    said = report(
        revision=3,
        corroborates="I-7",
        injured={"claims": [{"claimant": "a", "of_side": "KGZ", "best": 2}]},
        sealed="abc",
    )
    draft = of(said)
    assert (draft["revision"], draft["status"], get(draft, "sealed")) == (4, "corrected", None)
    put(draft, "status_reason", "a later hour")
    made = IncidentReport.model_validate(content(draft))
    kept = {"revision", "status", "status_reason", "sealed"}
    assert made.model_dump(exclude=kept) == said.model_dump(exclude=kept)


def wrong(draft: Draft) -> dict[str, str]:
    """Return what is wrong with a draft, in English."""
    return dict(faults.told(EN, found_in(draft)))
