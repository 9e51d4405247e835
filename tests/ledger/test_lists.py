"""Lists of the ledger, on both databases: filters, and pages that tell of one moment."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import URL, Engine, text

from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.delivery import AlertRef, Delivery, DeliveryOutcome
from schemas.incident import Traffic
from schemas.observation import AssertObservation, RetractObservation
from schemas.rejection import RejectReason
from schemas.taxonomy import EventType, SubEventType
from schemas.topics import ALERTS, ASSESSMENTS, DELIVERIES, INCIDENTS, OBSERVATIONS, REJECTED
from services.ledger import database, episodes, levels, one_incident, operating, reports, trail
from services.ledger.episodes import AlertsWanted
from services.ledger.located import Area
from services.ledger.operating import RejectionsWanted
from services.ledger.paging import Known, Page, Window, positions
from services.ledger.reports import ReportsWanted
from services.ledger.store import Store
from tests.builders import SEGMENT, at, effect, report, retraction
from tests.ledger.builders import BORDER, Tape, alert

ALL = (INCIDENTS, OBSERVATIONS, REJECTED, ASSESSMENTS, ALERTS, DELIVERIES)
LIVE = ("reported", "confirmed", "corrected")
OTHER, NEAR = "KGZ-TJK-050-08", "KGZ-TJK-050-09"


def known(engine: Engine, **as_of: Any) -> Known:
    return Known(positions(engine, [topic.name for topic in ALL]), **as_of)


def all_pages(ask: Callable[[Window], Page[Any]], limit: int = 1) -> list[Any]:
    found: list[Any] = []
    window = Window(limit)
    while True:
        page = ask(window)
        assert len(page.items) <= limit
        found += page.items
        if page.last is None:
            return found
        window = Window(limit, page.last)


@pytest.fixture
def told(store: Store) -> Tape:
    """I-1 is moved a day back and withdrawn; I-2 stays; I-3 is refused; I-4 is an exercise."""
    log = Tape()
    first = log.report(report(start=at(0)), at(1))
    second = log.report(
        report(revision=2, status="corrected", status_reason="A day early.", start=at(days=-1)),
        at(days=2),
        replaces=first,
    )
    log.report(report(incident_id="I-2", start=at(days=1), where=(40.1, 70.8)), at(days=3))
    refused = log.incident(report(incident_id="I-3", start=at(days=2)), at(days=3))
    log.reject(refused, RejectReason.FROM_THE_FUTURE, at(days=3))
    log.report(report(incident_id="I-4", traffic="exercise"), at(days=3))
    log.report(retraction(revision=3), at(days=4), replaces=second)
    log.feed(store)
    return log


def ids(engine: Engine, as_of: Any = None, **wanted: Any) -> list[tuple[str, str, int]]:
    asked = ReportsWanted(**{"traffic": Traffic.ACTUAL, "statuses": LIVE, **wanted})
    state = known(engine, as_of=as_of)
    found = all_pages(lambda w: reports.page(engine, asked, state, w, classified=False))
    return [(one.report.incident_id, one.status, one.report.revision) for one in found]


@pytest.mark.usefixtures("told")
def test_an_incident_is_listed_by_its_last_report_and_the_status_of_its_last_revision(
    engine: Engine,
) -> None:
    assert ids(engine) == [("I-2", "reported", 1)]
    assert ids(engine, statuses=("retracted",)) == [("I-1", "retracted", 2)]
    assert ids(engine, as_of=at(1)) == [("I-1", "reported", 1)]
    assert ids(engine, as_of=at(days=3)) == [("I-2", "reported", 1), ("I-1", "corrected", 2)]
    assert ids(engine, traffic=Traffic.EXERCISE) == [("I-4", "reported", 1)]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"since": at(days=1)}, True),
        ({"since": at(days=1, hours=1)}, False),
        ({"until": at(days=1)}, False),
        ({"until": at(days=1, hours=1)}, True),
        ({"event_types": (EventType.BATTLES,)}, True),
        ({"event_types": (EventType.RIOTS,)}, False),
        ({"sub_event_types": (SubEventType.ARMED_CLASH, SubEventType.TALKS)}, True),
        ({"sub_event_types": (SubEventType.TALKS,)}, False),
        ({"box": (70.0, 40.0, 71.0, 40.2)}, True),
        ({"box": (70.0, 40.2, 71.0, 40.3)}, False),
        ({"box": (179.0, 40.0, 71.0, 40.2)}, True),
        ({"box": (71.0, 40.0, 70.0, 40.2)}, False),
        ({"inside": lambda lon, lat: (lon > 70.7) & (lat > 40)}, True),
        ({"inside": lambda lon, lat: np.zeros(len(lon), bool) & (lat > 0)}, False),
        ({"area": Area(segment_id=SEGMENT)}, True),
        ({"area": Area(segment_id=OTHER)}, False),
        ({"area": Area(border_id=BORDER)}, True),
        ({"area": Area(border_id="KGZ-UZB")}, False),
    ],
)
def test_incidents_by_what_is_asked(engine: Engine, wanted: dict[str, Any], found: bool) -> None:
    assert bool(ids(engine, **wanted)) is found


def test_an_incident_that_moved_is_found_where_it_now_counts(store: Store, engine: Engine) -> None:
    log = Tape()
    counted = log.report(report(), at(1))
    assert counted is not None
    log.feed(store)
    before = known(engine)
    moved = log.incident(report(revision=2, status="corrected", status_reason="There."), at(2))
    there = {"traffic": Traffic.ACTUAL, "recorded_at": at(2), "cause": moved}
    # One revision takes it off one segment and puts it on another.
    gone = RetractObservation(segment_id=SEGMENT, replaces=counted, reason="moved", **there)
    log.add(OBSERVATIONS, gone, at(2))
    log.add(OBSERVATIONS, AssertObservation(segment_id=OTHER, effect=effect(), **there), at(2))
    beside = AssertObservation(segment_id=NEAR, effect=effect(), nearby_km=9.0, **there)
    log.add(OBSERVATIONS, beside, at(2))
    log.feed(store)
    found = [ids(engine, area=Area(segment_id=name)) for name in (SEGMENT, OTHER, NEAR)]
    assert found == [[], [("I-1", "corrected", 2)], []]
    asked = ReportsWanted(Traffic.ACTUAL, LIVE, Area(segment_id=SEGMENT))
    page = reports.page(engine, asked, before, Window(5), classified=False)
    assert [one.segment_ids for one in page.items] == [(SEGMENT,)]


@pytest.mark.usefixtures("told")
def test_one_incident_has_all_that_became_of_it(engine: Engine) -> None:
    found = one_incident.whole(engine, "I-1", known(engine), classified=False)
    assert found is not None
    assert [r.incident.revision for r in found.revisions] == [1, 2, 3]
    assert [(e.segment_id, e.counts) for e in found.effects] == [(SEGMENT, False)]
    refused = one_incident.whole(engine, "I-3", known(engine), classified=False)
    assert refused is not None
    assert [r.refused for r in refused.revisions] == ["from-the-future"]
    assert [r.reason for _, r in refused.rejections] == [RejectReason.FROM_THE_FUTURE]
    early = known(engine, as_of=at(0))
    assert one_incident.whole(engine, "I-1", early, classified=False) is None
    assert one_incident.whole(engine, "no", known(engine), classified=False) is None


def test_an_incident_of_thousands_of_revisions_is_told_too(store: Store, engine: Engine) -> None:
    log, last = Tape(), 1_500
    for revision in range(1, last):
        log.incident(report(revision=revision), at(1))
    log.reject(log.incident(report(revision=last), at(1)), RejectReason.FROM_THE_FUTURE, at(1))
    log.feed(store)
    found = one_incident.whole(engine, "I-1", known(engine), classified=False)
    assert found is not None
    assert [r.refused for r in found.revisions] == [None] * (last - 1) + ["from-the-future"]


@pytest.fixture
def alerts(store: Store) -> Tape:
    """A-1 was critical and has ended; B-1 on another segment is open; T-1 is a test."""
    log = Tape()
    log.alert(alert())
    log.alert(alert(2, at(2), transition=Transition.ESCALATED, level=Level.CRITICAL))
    log.alert(alert(1, at(5), alert_id="B-1", segment_id=OTHER, opened_at=at(5)))
    ended = {"transition": Transition.RESOLVED, "reason": Reason.LEVEL_FELL}
    log.alert(alert(3, at(10), previous_level=Level.CRITICAL, level=Level.NORMAL, **ended))
    log.alert(alert(1, at(1), alert_id="T-1", traffic=Traffic.TEST, opened_at=at(1)))
    log.feed(store)
    return log


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["B-1", "A-1"]),
        ({"state": "open"}, ["B-1"]),
        ({"state": "ended"}, ["A-1"]),
        ({"least": Level.CRITICAL}, ["A-1"]),
        ({"least": Level.WATCH}, ["B-1", "A-1"]),
        ({"segment_id": OTHER}, ["B-1"]),
        ({"border_id": BORDER}, ["B-1", "A-1"]),
        ({"border_id": "KGZ-UZB"}, []),
        ({"since": at(5)}, ["B-1"]),
        ({"until": at(5)}, ["A-1"]),
        ({"at": at(7)}, ["B-1", "A-1"]),
        ({"at": at(10)}, ["B-1"]),
        ({"at": at(4)}, ["A-1"]),
        ({"as_of": at(4), "state": "open"}, ["A-1"]),
    ],
)
def test_alerts_by_what_is_asked(
    engine: Engine, wanted: dict[str, Any], expected: list[str]
) -> None:
    state = known(engine, as_of=wanted.get("as_of"))
    rest = {name: value for name, value in wanted.items() if name != "as_of"}
    asked = AlertsWanted(Traffic.ACTUAL, **rest)
    found = all_pages(lambda window: episodes.page(engine, asked, state, window))
    assert [told.alert_id for told in found] == expected


def test_pages_tell_of_one_moment_whatever_is_written_meanwhile(
    store: Store, engine: Engine, alerts: Tape
) -> None:
    before, asked = known(engine), AlertsWanted(Traffic.ACTUAL, state="open")
    alerts.alert(alert(1, at(-5), alert_id="C-1", opened_at=at(-5)))
    alerts.alert(alert(2, at(11), alert_id="B-1", segment_id=OTHER, opened_at=at(5),
                       transition=Transition.EXPIRED))  # fmt: skip
    alerts.feed(store)
    old = episodes.page(engine, asked, before, Window(9)).items
    new = episodes.page(engine, asked, known(engine), Window(9)).items
    assert [e.alert_id for e in old] == ["B-1"]
    assert [e.alert_id for e in new] == ["C-1"]


def test_where_every_segment_stands(store: Store, engine: Engine, alerts: Tape) -> None:
    alerts.assess(at(1))
    alerts.assess(at(2), level=Level.WARNING)
    alerts.assess(at(2), level=Level.CRITICAL)
    alerts.assess(at(3), traffic=Traffic.TEST, level=Level.NORMAL)
    alerts.assess(at(1), segment_id=OTHER)
    alerts.feed(store)
    for as_of, expected in (
        (None, {SEGMENT: "critical", OTHER: "watch"}),
        (at(1), {SEGMENT: "watch", OTHER: "watch"}),
        (at(0), {}),
    ):
        found = levels.levels(engine, Traffic.ACTUAL, known(engine, as_of=as_of))
        assert {name: stands.level for name, stands in found.items()} == expected
    assert {
        i: a.alert_id for i, a in levels.open_alerts(engine, Traffic.ACTUAL, known(engine)).items()
    } == {OTHER: "B-1"}
    early = levels.open_alerts(engine, Traffic.ACTUAL, known(engine, as_of=at(6)))
    assert {i: a.alert_id for i, a in early.items()} == {SEGMENT: "A-1", OTHER: "B-1"}


def test_the_last_of_every_segment_is_sought_in_the_index(sqlite_url: URL) -> None:
    opened = database.connect(sqlite_url)
    state = Known({ASSESSMENTS.name: ((0, 10**6),)})
    asked = levels.newest(Traffic.ACTUAL, state).compile(
        opened, compile_kwargs={"literal_binds": True}
    )
    with database.reading(opened) as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    opened.dispose()
    steps = [step.detail for step in plan if " said " in step.detail or " later " in step.detail]
    assert len(steps) == 2
    assert all("ix_assessments_segment_id" in step for step in steps), steps


def test_a_trail_tells_each_statement_once_the_last_first(store: Store, engine: Engine) -> None:
    log = Tape()
    for hours, level in ((1, Level.WATCH), (1, Level.WATCH), (2, Level.WARNING), (3, Level.NORMAL)):
        log.assess(at(hours), level=level)
    log.feed(store)

    def said(**rest: Any) -> list[str]:
        ask = (engine, SEGMENT, Traffic.ACTUAL, known(engine))
        return [a.level for a in all_pages(lambda w: trail.trail(*ask, w, **rest))]

    assert said() == ["normal", "warning", "watch"]
    assert said(since=at(2), until=at(3)) == ["warning"]


def test_deliveries_of_an_alert_and_of_no_other(store: Store, engine: Engine, alerts: Tape) -> None:
    for number, alert_id in enumerate(("A-1", "A-10", "A-1")):
        tried = Delivery(
            notification_id=f"n-{number}", receiver="desk", channel="webhook",
            traffic=Traffic.ACTUAL, alerts=(AlertRef(alert_id=alert_id, sequence=1),),
            attempt=1, outcome=DeliveryOutcome.DELIVERED, recorded_at=at(number),
        )  # fmt: skip
        alerts.add(DELIVERIES, tried, at(number))
    alerts.feed(store)
    told = episodes.named(engine, "A-1", known(engine))
    assert told is not None
    found = all_pages(lambda w: episodes.deliveries(engine, told, known(engine), w))
    assert [tried.notification_id for tried in found] == ["n-2", "n-0"]


@pytest.mark.usefixtures("told")
def test_rejections_by_what_is_asked(engine: Engine) -> None:
    def found(**wanted: Any) -> list[int]:
        asked = RejectionsWanted(**wanted)
        page = operating.rejections(engine, asked, known(engine), Window(9), 10)
        assert all(len(rejection.value) <= 10 < size for _, size, rejection in page.items)
        return [place.offset for place, _, _ in page.items]

    assert found() == [0]
    assert found(reasons=(RejectReason.FROM_THE_FUTURE,), topic="incidents") == [0]
    assert found(reasons=(RejectReason.TOO_FAR,)) == []
    assert found(topic="commands") == []
    assert found(since=at(days=3), until=at(days=3, hours=1)) == [0]
    assert found(until=at(days=3)) == []
