"""The timeline of incidents: what each said, what became of it, and what is not known."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from schemas.incident import IncidentReport, When
from services.console.segment.dossier import TOPICS, Dossier, dossier
from services.console.segment.timeline import Entry, claims, distinct, entries, happened, people
from services.console.words import Words
from services.ledger.paging import positions
from services.ledger.store import Store
from tests.builders import NOON, SEGMENT, at, report
from tests.console.story import HEARSAY, SECOND, SHOTS, story
from tests.console.test_dossier import ASKED
from tests.ledger.builders import Tape

EN, RU = Words("en"), Words("ru")


@pytest.fixture
def day(ledger: Engine) -> Dossier:
    """What the ledger holds of the day."""
    tape = Tape()
    story(tape, NOON, SEGMENT)
    tape.feed(Store(ledger))
    return dossier(ledger, ASKED, positions(ledger, TOPICS), NOON)


def test_an_incident_that_was_retracted_says_so_and_counts_no_longer(day: Dossier) -> None:
    found = told(day)[HEARSAY]
    assert (found.retracted, found.counts) == (True, False)
    assert found.report.summary == "Tanks are said to move."
    assert [r.incident.status for r in found.revisions] == ["reported", "retracted"]
    assert not told(day)[SHOTS].retracted


def test_corroboration_is_told_at_both_reports(day: Dossier) -> None:
    found = told(day)
    assert (found[SECOND].corroborates, found[SHOTS].corroborated_by) == (SHOTS, (SECOND,))
    assert (found[SHOTS].corroborates, found[SECOND].corroborated_by) == (None, ())


def test_what_the_service_counts_overrules_what_a_report_says_of_another(day: Dossier) -> None:
    said = day.assessment
    assert said is not None
    apart = [cause.model_copy(update={"corroborates": None}) for cause in said.incidents]
    parted = said.model_copy(update={"incidents": tuple(apart)})
    found = {e.incident_id: e for e in entries(SEGMENT, day.incidents, parted)}
    assert (found[SECOND].corroborates, found[SHOTS].corroborated_by) == (None, ())
    alone = {e.incident_id: e for e in entries(SEGMENT, day.incidents, None)}
    assert alone[SECOND].corroborates == SHOTS


def test_a_report_that_was_retracted_corroborates_nothing(day: Dossier) -> None:
    withdrawn = [
        (replace(told, status="retracted") if told.report.incident_id == SECOND else told, whole)
        for told, whole in day.incidents
    ]
    found = {e.incident_id: e for e in entries(SEGMENT, withdrawn, None)}
    assert (found[SECOND].corroborates, found[SHOTS].corroborated_by) == (None, ())


def test_the_grade_is_that_of_the_event_else_that_of_the_report(day: Dossier) -> None:
    assert told(day)[SHOTS].grade == "B1"
    alone = {e.incident_id: e for e in entries(SEGMENT, day.incidents, None)}
    assert alone[SHOTS].grade == "B2"


def test_an_incident_that_counts_elsewhere_does_not_count_here(day: Dossier) -> None:
    found = {e.incident_id: e for e in entries("KGZ-TJK-050-04", day.incidents, None)}
    assert not found[SHOTS].counts
    assert found[SHOTS].grade is None


def test_a_report_that_was_sent_again_is_one_revision(day: Dossier) -> None:
    revisions = told(day)[SHOTS].revisions
    assert distinct([*revisions, *revisions]) == revisions


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((None, None, None), "unknown"),
        ((None, 0, None), "0"),
        ((3, 3, 3), "3"),
        ((2, 3, 5), "3 (2-5)"),
        ((None, 3, 5), "3 (3-5)"),
        ((1, None, 3), "1-3"),
        ((1, None, None), "1-?"),
    ],
)
def test_a_toll_that_is_not_known_is_never_none(
    numbers: tuple[int | None, int | None, int | None], said: str
) -> None:
    assert people(EN, *numbers) == said


def test_claims_of_both_sides_are_kept_apart() -> None:
    told = report(
        fatalities={
            "claims": [
                {"claimant": "K", "of_side": "KGZ", "best": 2},
                {"claimant": "T", "of_side": "KGZ", "best": 0},
            ]
        },
        injured={"claims": [{"claimant": "K", "of_side": "KGZ", "low": 4}]},
    )
    assert claims(EN, told.fatalities, told.injured) == [
        ("K", "KGZ", "2", "4-?"),
        ("T", "KGZ", "0", "-"),
    ]


@pytest.mark.parametrize(
    ("precision", "end", "clock", "said"),
    [
        ("minute", None, NOON, "2021-04-29 12:00Z"),
        ("hour", None, NOON, "2021-04-29 12:00Z"),
        ("day", None, None, "2021-04-29"),
        ("day", at(days=2), None, "2021-04-29 - 2021-05-01"),
        ("month", None, None, "2021-04-29, known to the month"),
    ],
)
def test_a_time_is_told_no_better_than_it_is_known(
    precision: str, end: datetime | None, clock: datetime | None, said: str
) -> None:
    when = When.model_validate({"start": NOON, "end": end, "precision": precision})
    assert happened(EN, when) == (clock, said)


def test_words_are_those_of_the_language() -> None:
    when = When.model_validate({"start": datetime(2021, 4, 1, tzinfo=UTC), "precision": "month"})
    assert happened(RU, when)[1].endswith("точностью: месяц")
    assert people(RU, None, None, None) == "неизвестно"


def told(day: Dossier) -> dict[str, Entry]:
    """Return the entries of a dossier by the ids of incidents."""
    found = {e.incident_id: e for e in entries(SEGMENT, day.incidents, day.assessment)}
    assert all(isinstance(e.report, IncidentReport) for e in found.values())
    return found
