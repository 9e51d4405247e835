"""What the page of a segment shows of the ledger: all of it, then, and to whom."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from schemas.assessment import Level
from schemas.incident import Incident, IncidentReport, Traffic
from services.console.segment.dossier import TOPICS, Asked, Dossier, Reader, dossier
from services.console.view import View
from services.ledger.paging import positions
from services.ledger.redact import WITHHELD
from services.ledger.store import Store
from tests.builders import SEGMENT, at
from tests.console.story import ALERT, HEARSAY, SECOND, SHOTS, SOURCE, assessed, story
from tests.ledger.builders import Tape

NOW = at(0)


def _as_it_is(incident: Incident) -> Incident:
    return incident


ASKED = Asked(SEGMENT, View(), 30, classified=True, shown=_as_it_is)

Read = Callable[[Asked], Dossier]


@pytest.fixture
def tape(ledger: Engine) -> Tape:
    """The log of the day."""
    tape = Tape()
    story(tape, NOW, SEGMENT)
    tape.feed(Store(ledger))
    return tape


@pytest.fixture
def read(ledger: Engine, tape: Tape) -> Read:
    """Reads the dossier of noon."""
    assert tape.records
    return lambda asked: dossier(ledger, asked, positions(ledger, TOPICS), NOW)


def test_the_dossier_has_the_day(read: Read) -> None:
    found = read(ASKED)
    assert [p.level for p in found.course] == [Level.NORMAL, Level.WARNING, Level.WATCH]
    assert found.assessment is not None
    assert found.assessment.recorded_at == at(-2)
    assert found.step_since == at(-6)
    assert [told.alert_id for told in found.alerts] == [ALERT]
    assert {told.report.incident_id for told, _ in found.incidents} == {SHOTS, HEARSAY, SECOND}
    assert not found.more


def test_the_dossier_of_a_moment_knows_nothing_of_later(read: Read) -> None:
    found = read(replace(ASKED, view=View(as_of=at(-5.5))))
    assert [p.at for p in found.course] == [at(-30), at(-6)]
    assert found.assessment is not None
    assert found.assessment.recorded_at == at(-6)
    assert [told.resolved_at for told in found.alerts] == [None]
    ((told, whole),) = found.incidents
    assert (told.report.incident_id, told.status, len(whole.revisions)) == (SHOTS, "reported", 1)


def test_other_traffic_and_other_segments_have_dossiers_of_their_own(read: Read) -> None:
    for asked in (
        replace(ASKED, view=View(traffic=Traffic.EXERCISE)),
        replace(ASKED, place_id="KGZ-TJK"),
    ):
        found = read(asked)
        assert (found.course, found.assessment, found.alerts, found.incidents) == ((), None, (), ())


def test_only_the_period_is_told_of_and_what_held_when_it_began(ledger: Engine, read: Read) -> None:
    assert read(ASKED).incidents
    much_later = at(days=40)
    found = dossier(ledger, ASKED, positions(ledger, TOPICS), much_later)
    assert [p.at for p in found.course] == [at(-2)]
    assert (found.incidents, found.alerts) == ((), ())


def test_who_reported_is_read_only_for_those_who_may_see_it(read: Read) -> None:
    assert SOURCE in _names(read(ASKED))
    assert _names(read(replace(ASKED, classified=False))) == {WITHHELD}


def test_sealed_names_are_opened_in_every_revision(read: Read) -> None:
    opened = []

    def unseal(incident: Incident) -> Incident:
        opened.append((incident.incident_id, incident.revision))
        return incident

    read(replace(ASKED, shown=unseal))
    assert {(SHOTS, 1), (SHOTS, 2), (HEARSAY, 1), (SECOND, 1)} <= set(opened)


def test_a_dossier_is_read_again_only_when_the_ledger_has_moved_on(
    ledger: Engine, tape: Tape
) -> None:
    reader = Reader(ledger, ASKED)
    first = reader.read(NOW)
    assert reader.read(at(1)) is first
    assessed(tape, at(1), SEGMENT, level=Level.CRITICAL)
    tape.feed(Store(ledger))
    found = reader.read(at(1)).assessment
    assert found is not None
    assert found.level is Level.CRITICAL


def _names(found: Dossier) -> set[str]:
    told = [told.report for told, _ in found.incidents]
    told += [
        revision.incident
        for _, whole in found.incidents
        for revision in whole.revisions
        if isinstance(revision.incident, IncidentReport)
    ]
    return {source.name for report in told for source in report.sources}
