"""What differs between two tellings of an incident: said in words, and none left out."""

from typing import Any

from schemas.incident import IncidentReport
from services.importers.differences import differences
from services.importers.earlier import Earlier
from tests.builders import report

OTHER: dict[str, Any] = {
    "traffic": "exercise",
    "status": "reported",
    "occurred": {"start": "2021-04-29T12:00:00Z", "precision": "day"},
    "place": {"name": "Kok-Tash", "precision": "district", "countries": ("KGZ", "TJK")},
    "event_type": "Violence against civilians",
    "sub_event_type": "Attack",
    "steps": (3,),
    "summary": "Shots.",
    "actors": ({"name": "border guards"},),
    "fatalities": {"best": None, "claims": ({"claimant": "UCDP", "of_side": "KGZ"},)},
    "injured": {"best": 1},
    "sources": ({"name": "a witness", "reliability": "B"},),
    "native": {"scheme": "UCDP-GED", "id": "1", "code": "KGZ-1"},
    "corroborates": "I-2",
}


def test_no_field_of_a_report_can_change_unseen() -> None:
    apart = {"incident_id", "revision", "status_reason", "sealed"}
    assert OTHER.keys() == IncidentReport.model_fields.keys() - apart
    old = report(status="confirmed")
    assert differences(old, report(status="confirmed", revision=2)) == ()
    for field, value in OTHER.items():
        assert differences(old, old.model_validate(_whole(old) | _with(field, value))), field


def test_what_is_sealed_is_no_part_of_what_a_report_says() -> None:
    assert differences(report(), report(sealed="c2VhbGVk")) == ()


def _whole(told: IncidentReport) -> dict[str, Any]:
    return told.model_dump()


def _with(field: str, value: Any) -> dict[str, Any]:
    """Return the field; the two types of an event only change together."""
    types = ("event_type", "sub_event_type")
    return {f: OTHER[f] for f in types} if field in types else {field: value}


def test_a_reason_never_names_a_source() -> None:
    sources = [{"name": name, "url": f"https://{name}.example"} for name in ("Aibek", "Olim")]
    old, same, graded = (
        report(sources=(sources[0],)),
        report(sources=(sources[1],)),
        report(sources=(sources[1] | {"reliability": "B", "credibility": 1},)),
    )
    assert [d.words for d in differences(old, same)] == [
        "sources: named otherwise, graded F6 as before"
    ]
    assert [d.words for d in differences(old, graded)] == ["sources: graded F6 -> B1"]


def test_of_a_long_value_the_part_that_differs_is_quoted() -> None:
    (found,) = differences(report(summary="x" * 900 + "old"), report(summary="x" * 900 + "new"))
    assert found.words == f"summary: ...{'x' * 20}old -> ...{'x' * 20}new"


def test_what_is_held_of_an_earlier_release_comes_back_whole() -> None:
    earlier = Earlier()
    held = [report(incident_id=f"I-{n}", deaths=n, summary=f"{n} shots" * 100) for n in range(9)]
    for told in held:
        earlier.put(told)
    assert earlier.take("I-3") == held.pop(3)
    assert earlier.take("I-3") is None
    assert list(earlier.left()) == held
    assert len(earlier) == 8
