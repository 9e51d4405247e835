"""What was known when: as of a record time, at a time of events, and both."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.incident import IncidentReport, Traffic
from schemas.observation import AssertObservation, CommandObservation, RetractObservation, Tick
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS
from services.ledger.queries import Queries
from services.ledger.store import Store
from tests.builders import SEGMENT, at, effect, report, retraction
from tests.ledger.builders import BORDER, Tape, alert
from tests.ledger.test_rows import COMMAND

SOURCES = ({"name": "Ms A. Witness", "url": "https://example.org/a", "reliability": "B"},)


@pytest.fixture
def queries(engine: Engine) -> Queries:
    return Queries(engine)


@pytest.fixture
def history(store: Store) -> Tape:
    """Two incidents: I-1 of day 0 is corrected on day 2 to have begun a day earlier, and is
    withdrawn on day 4; I-2 of day 1 is reported late, on day 3.
    """
    log = Tape()
    first = log.report(report(start=at(0)), at(1))
    second = log.report(
        report(revision=2, status="corrected", status_reason="A day early.", start=at(days=-1)),
        at(days=2),
        replaces=first,
    )
    log.report(report(incident_id="I-2", start=at(days=1), deaths=2), at(days=3))
    log.report(retraction(revision=3), at(days=4), replaces=second)
    log.tick(at(days=5))
    log.feed(store)
    return log


Known = list[tuple[str, bool, list[int]]]


def known(queries: Queries, as_of: datetime | None, then: datetime | None) -> Known:
    found = queries.incidents(SEGMENT, as_of=as_of, at=then)
    return [(h.incident_id, h.counts, [r.incident.revision for r in h.revisions]) for h in found]


@pytest.mark.parametrize(
    ("as_of", "then", "expected"),
    [
        (None, None, [("I-1", False, [1, 2, 3]), ("I-2", True, [1])]),
        (at(0), None, []),
        (at(1), None, [("I-1", True, [1])]),
        (at(days=2), None, [("I-1", True, [1, 2])]),
        (at(days=3), None, [("I-1", True, [1, 2]), ("I-2", True, [1])]),
        (None, at(days=-2), []),
        (None, at(days=-1), [("I-1", False, [1, 2, 3])]),
        (None, at(days=1), [("I-1", False, [1, 2, 3]), ("I-2", True, [1])]),
        # On day 1 it was believed to have begun at noon of day 0; a day later, earlier.
        (at(1), at(-1), []),
        (at(1), at(0), [("I-1", True, [1])]),
        (at(days=2), at(-1), [("I-1", True, [1, 2])]),
        (at(days=2), at(days=1), [("I-1", True, [1, 2])]),
    ],
)
@pytest.mark.usefixtures("history")
def test_incidents_as_of_and_at(
    queries: Queries, as_of: datetime | None, then: datetime | None, expected: Known
) -> None:
    assert known(queries, as_of, then) == expected


@pytest.mark.usefixtures("history")
def test_an_incident_says_what_it_counts_as_and_when_that_was_said(queries: Queries) -> None:
    one, two = queries.incidents(SEGMENT)
    assert one.effect.start == at(days=-1)
    assert [r.recorded_at for r in one.revisions] == [at(1), at(days=2), at(days=4)]
    assert [r.record.offset for r in one.revisions] == [0, 1, 3]
    assert two.effect.deaths == 2


@pytest.mark.usefixtures("history")
def test_another_segment_or_kind_of_traffic_knows_nothing(queries: Queries) -> None:
    assert queries.incidents("KGZ-TJK-050-08") == ()
    assert queries.incidents(SEGMENT, Traffic.EXERCISE) == ()
    assert queries.observations(SEGMENT, Traffic.EXERCISE) == ()


def test_an_observation_written_twice_does_not_undo_a_later_one(
    store: Store, queries: Queries
) -> None:
    log = Tape()
    first = log.report(report(), at(1))
    again = log.records[-1].value or b""
    log.report(retraction(), at(2), replaces=first)
    log.add(OBSERVATIONS, again, at(1))
    log.feed(store)
    assert known(queries, None, None) == [("I-1", False, [1, 2])]


def test_what_lies_nearby_is_no_incident_of_the_segment(store: Store, queries: Queries) -> None:
    log = Tape()
    cause = log.incident(report(deaths=2), at(1))
    there = {"segment_id": SEGMENT, "traffic": Traffic.ACTUAL, "recorded_at": at(1)}
    nearby = AssertObservation(**there, cause=cause, effect=effect(deaths=2), nearby_km=31.4)
    log.add(OBSERVATIONS, nearby, at(1))
    second = log.report(report(incident_id="I-2"), at(1))
    cause = log.incident(report(incident_id="I-2", revision=2), at(2))
    moved = AssertObservation(
        **there, cause=cause, effect=effect("I-2"), replaces=second, nearby_km=31.4
    )
    log.add(OBSERVATIONS, moved, at(2))
    log.feed(store)
    assert known(queries, None, None) == [("I-2", False, [1, 2])]
    assert len(queries.observations(SEGMENT)) == 3


def test_a_report_sent_again_is_shown_once_and_one_set_aside_says_why(
    store: Store, queries: Queries
) -> None:
    log = Tape()
    log.report(report(), at(1))
    log.add(INCIDENTS, log.records[0].value or b"", at(1), key=b"I-1")
    other = log.incident(report(summary="Something else."), at(2))
    log.reject(other, RejectReason.REVISION_CONFLICT, at(2))
    log.feed(store)
    (found,) = queries.incidents(SEGMENT)
    assert [r.refused for r in found.revisions] == [None, "revision-conflict"]


def test_observations_come_in_the_order_of_the_log(store: Store, queries: Queries) -> None:
    log = Tape()
    log.report(report(), at(5))
    log.report(report(incident_id="I-2"), at(3))
    log.add(
        OBSERVATIONS,
        CommandObservation(
            segment_id=SEGMENT, traffic=Traffic.ACTUAL, recorded_at=at(4),
            cause=log.command(COMMAND), command=COMMAND,
        ),
    )  # fmt: skip
    log.tick(at(6))
    log.feed(store)
    kinds = [type(r.observation) for r in queries.observations(SEGMENT)]
    assert kinds == [AssertObservation, AssertObservation, CommandObservation, Tick]
    assert [r.record.offset for r in queries.observations(SEGMENT, as_of=at(4))] == [1, 2]
    assert RetractObservation not in kinds


def test_assessments_as_they_were_said(store: Store, queries: Queries) -> None:
    log = Tape()
    log.assess(at(1))
    log.assess(at(1))
    log.assess(at(2), level=Level.WARNING)
    log.assess(at(2), level=Level.CRITICAL)
    log.assess(at(3), traffic=Traffic.TEST)
    log.feed(store)
    assert [a.level for a in queries.assessments(SEGMENT)] == ["watch", "warning", "critical"]
    assert [a.level for a in queries.assessments(SEGMENT, as_of=at(1))] == ["watch"]
    assert len(queries.assessments(SEGMENT, since=at(2))) == 2
    assert queries.assessment_of(SEGMENT, as_of=at(0)) is None
    for as_of, level in [(at(1), "watch"), (at(1.5), "watch"), (at(2), "critical"), (None, None)]:
        said = queries.assessment_of(SEGMENT, as_of=as_of)
        assert said is not None
        assert said.level == (level or "critical")


@pytest.fixture
def alerts(store: Store) -> None:
    """A-1 stands from hour 0 to 10 and is then taken back; B-1, elsewhere, from hour 5."""
    log = Tape()
    log.alert(alert())
    log.alert(alert(2, at(2), transition=Transition.ESCALATED, level=Level.CRITICAL))
    log.alert(alert(1, at(5), alert_id="B-1", segment_id="KGZ-TJK-050-08", opened_at=at(5)))
    log.alert(
        alert(
            3, at(10), transition=Transition.RESOLVED, reason=Reason.INCIDENT_RETRACTED,
            previous_level=Level.CRITICAL, level=Level.NORMAL,
        )
    )  # fmt: skip
    log.alert(alert(1, at(1), alert_id="T-1", traffic=Traffic.TEST, opened_at=at(1)))
    log.feed(store)


Told = list[tuple[str, list[int]]]


@pytest.mark.parametrize(
    ("as_of", "then", "expected"),
    [
        (None, None, [("A-1", [1, 2, 3])]),
        (at(-1), None, []),
        (at(0), None, [("A-1", [1])]),
        (at(9), None, [("A-1", [1, 2])]),
        (None, at(-1), []),
        # What stood then is told with what is known of it today.
        (None, at(0), [("A-1", [1, 2, 3])]),
        (None, at(9), [("A-1", [1, 2, 3])]),
        (None, at(10), []),
        (at(9), at(10), [("A-1", [1, 2])]),
        (at(1), at(9), [("A-1", [1])]),
        (at(0), at(-1), []),
    ],
)
@pytest.mark.usefixtures("alerts")
def test_alerts_as_of_and_at(
    queries: Queries, as_of: datetime | None, then: datetime | None, expected: Told
) -> None:
    found = queries.alerts(SEGMENT, as_of=as_of, at=then)
    assert [(e.alert_id, [t.sequence for t in e.transitions]) for e in found] == expected


@pytest.mark.usefixtures("alerts")
def test_alerts_of_a_border_are_those_of_its_segments(queries: Queries) -> None:
    assert [e.alert_id for e in queries.alerts(BORDER)] == ["A-1", "B-1"]
    assert [e.alert_id for e in queries.alerts(BORDER, at=at(7))] == ["A-1", "B-1"]
    assert [e.alert_id for e in queries.alerts(BORDER, at=at(12))] == ["B-1"]
    assert [e.alert_id for e in queries.alerts(BORDER, Traffic.TEST)] == ["T-1"]
    one, two = queries.alerts(BORDER)
    assert (one.opened_at, one.resolved_at) == (at(0), at(10))
    assert (two.opened_at, two.resolved_at) == (at(5), None)


def test_who_reported_and_who_commanded_is_left_out_unless_asked_for(
    store: Store, queries: Queries, engine: Engine
) -> None:
    log = Tape()
    log.report(report(sources=SOURCES))
    cause = log.command(COMMAND)
    there = {"segment_id": SEGMENT, "traffic": Traffic.ACTUAL, "recorded_at": at(1)}
    log.add(OBSERVATIONS, CommandObservation(**there, cause=cause, command=COMMAND))
    log.feed(store)
    said = f"{queries.incidents(SEGMENT)}{queries.observations(SEGMENT)}"
    for name in ("Witness", "example.org", "Officer"):
        assert name not in said
    (revision,) = queries.incidents(SEGMENT)[0].revisions
    assert isinstance(revision.incident, IncidentReport)
    assert [s.reliability for s in revision.incident.sources] == ["B"]
    whole = Queries(engine, classified=True)
    said = f"{whole.incidents(SEGMENT)}{whole.observations(SEGMENT)}"
    for name in ("Witness", "example.org", "Officer"):
        assert name in said


def test_topics_may_arrive_in_any_order(store: Store, queries: Queries) -> None:
    log = Tape()
    log.report(report(), at(1))
    store.begin(log.places())
    by_topic = {b.topic: b for b in log.batches(store.offsets())}
    store.write([by_topic["observations"]])
    (before,) = queries.incidents(SEGMENT)
    assert (before.revisions, before.effect) == ((), effect())
    store.write([by_topic["incidents"]])
    (after,) = queries.incidents(SEGMENT)
    assert len(after.revisions) == 1
