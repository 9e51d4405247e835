"""What the page of the present shows, from the ledger that it reads."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.command import AcknowledgeCommand
from schemas.incident import Traffic
from services.console.board import Board, board, by_border, changes
from services.console.latest import Latest
from services.ledger.store import Store
from tests.builders import SEGMENT, at
from tests.ledger.builders import Tape, alert

OTHER = "KGZ-TJK-050-04"


@pytest.fixture
def tape(ledger: Engine) -> Tape:
    """A log with an alert on one segment, and a worse one on another that was acknowledged."""
    tape = Tape()
    tape.assess(at(0))
    tape.alert(alert(1))
    tape.assess(at(1), segment_id=OTHER, level=Level.CRITICAL)
    told = alert(1, at(1), alert_id="A-2", segment_id=OTHER, level=Level.CRITICAL, opened_at=at(1))
    tape.alert(told)
    tape.command(
        AcknowledgeCommand(
            kind="acknowledge", alert_id="A-2", segment_id=OTHER, traffic=Traffic.ACTUAL, author="A"
        )
    )
    tape.feed(Store(ledger))
    return tape


@pytest.mark.usefixtures("tape")
def test_the_board_has_levels_and_open_alerts_the_worst_first(ledger: Engine) -> None:
    shown = board(ledger, Traffic.ACTUAL)
    assert {name: stands.level for name, stands in shown.levels.items()} == {
        SEGMENT: Level.WATCH,
        OTHER: Level.CRITICAL,
    }
    assert [told.alert_id for told in shown.alerts] == ["A-2", "A-1"]
    assert shown.acknowledged == {"A-2": "A"}
    assert shown.heard == at(1)


@pytest.mark.usefixtures("tape")
def test_the_board_of_a_moment_knows_nothing_of_later(ledger: Engine) -> None:
    shown = board(ledger, Traffic.ACTUAL, at(0.5))
    assert set(shown.levels) == {SEGMENT}
    assert [told.alert_id for told in shown.alerts] == ["A-1"]


@pytest.mark.usefixtures("tape")
def test_exercises_have_a_board_of_their_own(ledger: Engine) -> None:
    shown = board(ledger, Traffic.EXERCISE)
    assert (shown.levels, shown.alerts) == ({}, [])


def test_an_alert_that_is_over_has_no_card(ledger: Engine, tape: Tape) -> None:
    tape.alert(alert(2, at(2), transition=Transition.RESOLVED, level=Level.NORMAL))
    tape.feed(Store(ledger))
    assert [told.alert_id for told in board(ledger, Traffic.ACTUAL).alerts] == ["A-2"]


@pytest.mark.usefixtures("tape")
def test_borders_come_in_the_order_of_their_worst_alert(ledger: Engine) -> None:
    one, other = board(ledger, Traffic.ACTUAL).alerts
    elsewhere = replace(one, alert_id="A-3", border_id="KGZ-UZB")
    found = by_border([elsewhere, one, other])
    assert list(found) == ["KGZ-UZB", "KGZ-TJK"]
    assert [told.alert_id for told in found["KGZ-TJK"]] == ["A-2", "A-1"]


def test_only_levels_that_changed_are_told_to_the_map(ledger: Engine, tape: Tape) -> None:
    before = board(ledger, Traffic.ACTUAL)
    tape.assess(at(3), level=Level.WARNING)
    tape.feed(Store(ledger))
    after = board(ledger, Traffic.ACTUAL)
    assert changes(before, after) == {SEGMENT: Level.WARNING}
    assert changes(after, Board({}, (), False, {}, None)) == {SEGMENT: None, OTHER: None}
    assert changes(after, after) == {}


async def test_the_latest_board_is_read_again_only_when_the_ledger_has_moved_on(
    ledger: Engine, tape: Tape
) -> None:
    latest = Latest(lambda: ledger, Traffic.ACTUAL)
    first = await latest.get()
    assert await latest.get() is first
    tape.assess(at(3), level=Level.WARNING)
    tape.feed(Store(ledger))
    then = await latest.get()
    assert then is not first
    assert then.levels[SEGMENT].level is Level.WARNING


def test_of_too_many_alerts_the_worst_are_shown_however_old_they_are(
    ledger: Engine, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.board.MOST_CARDS", 2)
    assert not board(ledger, Traffic.ACTUAL).more
    for hour in (2, 3):
        tape.alert(alert(1, at(hour), alert_id=f"B-{hour}", opened_at=at(hour)))
    tape.feed(Store(ledger))
    shown = board(ledger, Traffic.ACTUAL)
    assert shown.more
    assert [told.alert_id for told in shown.alerts] == ["A-2", "B-3"]
