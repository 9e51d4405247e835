"""What happens on one segment and is in sight of another."""

from datetime import datetime

import pytest

from models.domain.causes import worst_of
from models.domain.news import news_of
from models.domain.posture import News
from models.domain.revisions import Consequences, KnownIncident, revise
from models.domain.segments import Atlas
from models.domain.told import Book
from schemas.incident import IncidentReport, IncidentRetraction, Place, Traffic
from schemas.observation import AssertObservation, Observed, RetractObservation
from services.borders import load_segments
from services.replay.driver import Outcome, _Clocks
from tests.builders import KOK_TASH, NOON, asserted, at, effect, folded, ref, report, retraction

SIGHT = {"X": 5.0, "Y": 31.4}


def located(place: Place) -> str:
    return place.name


def after(*incidents: IncidentReport | IncidentRetraction) -> Consequences:
    """Return what the last of ``incidents`` leads to; each place is in sight of X and Y."""
    known: KnownIncident | None = None
    found = Consequences(None)
    for i, incident in enumerate(incidents):
        found = revise(
            known, incident, ref(i), at(i), located, "urn:test", lambda _: {"X": 0.0, "Y": 31.4}
        )
        known = found.known
    return found


def told(observations: tuple[Observed, ...]) -> list[tuple[str, str, bool]]:
    """Return where each observation goes, what it is, and whether of something nearby."""
    return [
        (o.segment_id, o.kind, isinstance(o, AssertObservation) and o.nearby_km is not None)
        for o in observations
    ]


def named(name: str, **fields: object) -> IncidentReport:
    return report(place={"name": name, "precision": "country", "countries": ("KGZ",)}, **fields)


def test_a_fatal_incident_is_told_to_the_segments_in_sight() -> None:
    assert told(after(named("X", deaths=2)).observations) == [
        ("X", "assert", False),
        ("Y", "assert", True),
    ]


@pytest.mark.parametrize("deaths", [None, 0])
def test_without_deaths_it_is_told_to_nobody_else(deaths: int | None) -> None:
    assert told(after(named("X", deaths=deaths)).observations) == [("X", "assert", False)]


def test_a_correction_without_deaths_takes_it_off_the_others() -> None:
    found = after(named("X", deaths=2), named("X", deaths=0, revision=2)).observations
    assert told(found) == [("Y", "retract", False), ("X", "assert", False)]
    assert isinstance(found[0], RetractObservation)
    assert found[0].reason == "corrected"


def test_one_that_moves_changes_places() -> None:
    found = after(named("X", deaths=2), named("Y", deaths=2, revision=2)).observations
    assert told(found) == [("Y", "assert", False), ("X", "assert", True)]
    assert all(isinstance(o, AssertObservation) and o.replaces for o in found)


def test_a_retraction_takes_it_off_all() -> None:
    found = after(named("X", deaths=2), retraction()).observations
    assert told(found) == [("X", "retract", False), ("Y", "retract", False)]
    assert {o.reason for o in found if isinstance(o, RetractObservation)} == {"retracted"}


def nearby(
    incident_id: str = "I-1", *, offset: int = 0, recorded: datetime = NOON, **fields: object
) -> AssertObservation:
    """Return that a fatal incident counts as one of another segment, 31.4 km away."""
    own = asserted(effect(incident_id, deaths=3, **fields), offset=offset, recorded=recorded)
    return own.model_copy(update={"nearby_km": 31.4})


def test_it_counts_apart_from_the_segments_own() -> None:
    state = folded(nearby(), asserted(effect("I-2", deaths=1), offset=1))
    (tally,) = state.risk.tallies
    assert (tally.incidents, tally.fatal, tally.deaths) == (1, 1, 1)
    assert (tally.nearby, tally.close) == (1, 0)


def test_two_reports_of_one_event_nearby_count_once() -> None:
    one = nearby(sources=("a",), by="urn:1")
    other = nearby("I-2", offset=1, sources=("b",), by="urn:2")
    another = nearby("I-3", offset=2, sources=("b",), by="urn:2")
    assert [t.nearby for t in folded(one, other).risk.tallies] == [1]
    assert [t.nearby for t in folded(other, another).risk.tallies] == [2]


def test_it_keeps_the_segment_fresh_as_a_report_of_its_own_does() -> None:
    state = folded(nearby(), nearby("I-2", offset=1, recorded=at(days=1)))
    assert (state.clock, state.reported_at) == (at(days=1), at(days=1))
    assert news_of(nearby(), None, Book(), (), 0) is News.TIME


def test_it_is_named_after_the_segments_own_and_as_nearby() -> None:
    state = folded(nearby(), asserted(effect("I-2", deaths=0), offset=1))
    own, other = worst_of(day.worst for _, day in state.risk.lately)
    assert (own.incident_id, other.incident_id) == ("I-2", "I-1")
    assert other.words.startswith("31 km away, on another segment: ")


def test_the_atlas_tells_which_segments_are_in_sight() -> None:
    atlas = Atlas(load_segments(["KGZ-TJK"], 50))
    near, far = (atlas.within(*KOK_TASH, km) for km in (25.0, 50.0))
    assert set(near) < set(far)
    assert all(km <= 50 for km in far.values())


def test_exercises_are_seen_by_exercises_only() -> None:
    found = after(named("X", deaths=2, traffic="exercise")).observations
    assert {o.traffic for o in found} == {Traffic.EXERCISE}


def test_a_replay_tells_the_time_as_the_fold_asks_for_it() -> None:
    """Ticks are due by the last report of a segment, or of what lies nearby."""
    told = (nearby(), nearby("I-2", offset=1, recorded=at(days=1)))
    clocks = _Clocks()
    for seen in told:
        clocks.reported(Outcome((seen,)))
    state = folded(*told)
    assert list(clocks.times.values()) == [(state.clock, state.reported_at)]
