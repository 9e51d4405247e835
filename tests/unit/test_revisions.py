"""What a revision of an incident changes."""

from datetime import datetime

import pytest

from models.domain.revisions import (
    Consequences,
    KnownIncident,
    effect_of,
    fingerprint,
    revise,
)
from models.domain.segments import NotLocated, WhyNot
from schemas.base import EARLIEST, LATEST
from schemas.incident import IncidentReport, IncidentRetraction, Place, Traffic
from schemas.observation import AssertObservation, RetractObservation
from schemas.rejection import RejectReason
from schemas.taxonomy import Step
from tests.builders import NOON, at, ref, report, retraction

FAR = NotLocated(WhyNot.TOO_FAR, "far away")


def locate(place: Place) -> str | NotLocated:
    """Put a place on the segment that its name says, or nowhere."""
    return FAR if place.name == "far" else f"segment-of-{place.name}"


PUBLISHER = "urn:test"


def named(name: str, **fields: object) -> IncidentReport:
    place = {"name": name, "precision": "country", "countries": ("KGZ", "TJK")}
    return report(place=place, **fields)


def after(
    *incidents: IncidentReport | IncidentRetraction, offsets: list[int] | None = None
) -> Consequences:
    """Return what the last of ``incidents`` leads to."""
    known: KnownIncident | None = None
    found = Consequences(None)
    for i, incident in enumerate(incidents):
        offset = offsets[i] if offsets else i
        found = revise(known, incident, ref(offset), at(i), locate, PUBLISHER)
        known = found.known
    return found


def test_a_first_report_is_asserted_where_it_lies() -> None:
    (seen,) = after(named("A")).observations
    assert isinstance(seen, AssertObservation)
    assert seen.segment_id == "segment-of-A"
    assert seen.replaces is None


def test_a_correction_in_place_replaces_what_counted() -> None:
    first, second = named("A", deaths=1), named("A", revision=2, deaths=13)
    (seen,) = after(first, second).observations
    assert isinstance(seen, AssertObservation)
    assert (seen.effect.deaths, seen.replaces) == (13, effect_of(first, PUBLISHER))


def test_a_correction_of_the_place_leaves_one_segment_and_joins_another() -> None:
    gone, come = after(named("A"), named("B", revision=2)).observations
    assert isinstance(gone, RetractObservation)
    assert (gone.segment_id, gone.reason) == ("segment-of-A", "moved")
    assert isinstance(come, AssertObservation)
    assert (come.segment_id, come.replaces) == ("segment-of-B", None)


def test_a_correction_that_leads_away_from_every_border_takes_the_incident_off() -> None:
    found = after(named("A"), named("far", revision=2))
    (gone,) = found.observations
    assert isinstance(gone, RetractObservation)
    assert found.refusal is not None
    assert found.refusal.reason is RejectReason.TOO_FAR


def test_a_retraction_takes_the_incident_off() -> None:
    (gone,) = after(named("A"), retraction()).observations
    assert isinstance(gone, RetractObservation)
    assert gone.reason == "retracted"


def test_a_report_older_than_its_retraction_stays_withdrawn() -> None:
    assert after(retraction(), named("A")).observations == ()


@pytest.mark.parametrize("again", [named("A", revision=2), named("A", revision=1)])
def test_a_resent_or_older_revision_changes_nothing(again: IncidentReport) -> None:
    found = after(named("A", revision=2), again)
    assert found.observations == ()
    assert found.refusal is None


def test_a_report_that_was_set_aside_is_placed_when_it_is_sent_again() -> None:
    aside = revise(None, named("far"), ref(0), NOON, locate, PUBLISHER)
    again = revise(aside.known, named("far"), ref(1), NOON, locate, PUBLISHER)
    # Still nowhere: it is rejected again, so that every record stands somewhere.
    assert again.refusal is not None
    placed = revise(again.known, named("far"), ref(2), NOON, lambda _: "new", PUBLISHER)
    (asserted,) = placed.observations
    assert (asserted.segment_id, placed.refusal) == ("new", None)
    assert (
        revise(placed.known, named("far"), ref(3), NOON, lambda _: "new", PUBLISHER).observations
        == ()
    )


def test_a_retraction_that_is_sent_again_changes_nothing() -> None:
    found = after(named("A"), retraction(), retraction())
    assert (found.observations, found.refusal) == ((), None)


def test_the_same_revision_with_other_content_is_refused() -> None:
    found = after(named("A"), named("A", deaths=9))
    assert found.refusal is not None
    assert found.refusal.reason is RejectReason.REVISION_CONFLICT
    assert found.observations == ()


def test_a_record_that_was_applied_changes_nothing() -> None:
    assert after(named("A"), named("A", revision=2), offsets=[5, 5]).observations == ()


def test_a_change_of_traffic_moves_the_incident_out_of_the_actual_state() -> None:
    gone, come = after(named("A"), named("A", revision=2, traffic="exercise")).observations
    assert (gone.traffic, come.traffic) == (Traffic.ACTUAL, Traffic.EXERCISE)


def test_a_time_in_the_far_future_is_refused() -> None:
    found = revise(None, named("A", start=at(days=2)), ref(), NOON, locate, PUBLISHER)
    assert found.refusal is not None
    assert found.refusal.reason is RejectReason.FROM_THE_FUTURE


def test_the_steps_are_those_named_and_the_one_of_the_kind() -> None:
    assert effect_of(report(steps=(5, 2)), PUBLISHER).steps == (
        Step.STONES,
        Step.SHOTS,
        Step.HEAVY_WEAPONS,
    )


def test_without_a_best_estimate_the_fewest_certain_dead_count_and_unknown_stays_unknown() -> None:
    assert effect_of(report(fatalities={"low": 3}), PUBLISHER).deaths == 3
    assert effect_of(report(fatalities={}), PUBLISHER).deaths is None


def test_the_grade_is_that_of_the_best_source() -> None:
    sources = [
        {"name": "x", "reliability": "C", "credibility": 1},
        {"name": "y", "reliability": "B", "credibility": 3},
    ]
    assert effect_of(report(sources=sources), PUBLISHER).grade == "B3"
    assert effect_of(report(), PUBLISHER).grade == "F6"


def test_a_source_is_known_by_a_fingerprint_that_does_not_tell_its_name() -> None:
    sources = [{"name": " Reuters", "reliability": "B", "credibility": 2}, {"name": "reuters"}]
    counted = effect_of(report(sources=sources), PUBLISHER)
    assert counted.sources == (fingerprint("Reuters"),)
    assert "euters" not in counted.model_dump_json()


@pytest.mark.parametrize(("end", "accepted"), [(at(days=1), True), (at(days=1.001), False)])
def test_an_end_in_the_future_is_refused_as_a_start_is(end: datetime, accepted: bool) -> None:
    occurred = {"start": NOON, "end": end, "precision": "hour"}
    found = after(named("A", occurred=occurred))
    assert (found.refusal is None) == accepted
    if found.refusal is not None:
        assert found.refusal.reason is RejectReason.FROM_THE_FUTURE
        assert found.refusal.detail.startswith("occurred.end: 2021-04-30T12:01:26.400000+00:00 ")


def test_the_future_is_told_from_the_past_at_both_ends_of_the_calendar() -> None:
    late = named("A", start=LATEST)
    assert revise(None, late, ref(0), LATEST, locate, PUBLISHER).refusal is None
    early = named("A", start=EARLIEST)
    assert revise(None, early, ref(0), EARLIEST, locate, PUBLISHER).refusal is None
