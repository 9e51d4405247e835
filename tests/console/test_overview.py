"""What stands beside the map in words: segments above normal, the legend, times."""

from datetime import UTC, datetime

from schemas.assessment import Level
from schemas.incident import Traffic
from services.console.board import Board
from services.console.legend import line
from services.console.looks import LEVELS, NO_DATA
from services.console.overview import rows
from services.console.past import course_of, said
from services.console.past import rows as periods
from services.console.view import View
from services.console.words import Words
from services.ledger.answers import episode
from services.ledger.levels import Stands
from services.ledger.timeline import Change, Timeline
from tests.builders import NOON, at
from tests.ledger.builders import alert

EN = Words("en")


def stands(level: Level, chance: float) -> Stands:
    return Stands(level, chance, 0.2, 0.3, NOON, "m-1")


def test_the_table_has_each_segment_above_normal_the_worst_first_linked_to_its_moment() -> None:
    levels = {
        "KGZ-TJK-050-01": stands(Level.WATCH, 0.02),
        "KGZ-TJK-050-02": stands(Level.NORMAL, 0.5),
        "KGZ-TJK-050-03": stands(Level.CRITICAL, 0.01),
        "KGZ-TJK-050-04": stands(Level.WATCH, 0.3),
    }
    found = rows(EN, Board(levels, (), False, {}, NOON), View(NOON, Traffic.EXERCISE))
    assert [[cell.text for cell in row] for row in found] == [
        ["KGZ-TJK-050-03", "■ critical", "1.0%", "2021-04-29 12:00Z"],
        ["KGZ-TJK-050-04", "▲ watch", "30.0%", "2021-04-29 12:00Z"],
        ["KGZ-TJK-050-01", "▲ watch", "2.0%", "2021-04-29 12:00Z"],
    ]
    link = "/segment/KGZ-TJK-050-03?as_of=2021-04-29T12%3A00%3A00Z&traffic=exercise"
    assert found[0][0].link == link
    assert datetime.fromisoformat(found[0][3].at or "") == NOON


def test_the_legend_draws_each_line_as_the_map_does() -> None:
    for look in (*LEVELS.values(), NO_DATA):
        drawn = line(look)
        assert f'stroke-width="{look.weight}"' in drawn
        assert (f'stroke-dasharray="{look.dash}"' in drawn) is bool(look.dash)
        assert "currentColor" in drawn


def test_a_moment_is_told_in_a_sentence() -> None:
    one = episode([alert(1, level=Level.WARNING)])
    shown = Board({}, (one,), False, {}, NOON)
    assert said(EN, at(1), shown) == (
        "Known at 2021-04-29 13:00Z: open alerts: 1, the worst at warning."
    )
    assert said(EN, NOON, Board({}, (), False, {}, NOON)) == (
        "Known at 2021-04-29 12:00Z: no alert was open."
    )


def test_when_to_look_leads_to_the_worst_moment_of_each_period() -> None:
    line = Timeline(
        datetime(2014, 1, 1, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=UTC),
        (Change(at(0), "A", 1, Level.WATCH), Change(at(2), "A", 2, Level.CRITICAL)),
    )
    found = periods(EN, course_of(line))
    assert [cell.text for cell in found[-1]] == ["2021", "■ critical", "1", "2021-04-29 14:00Z"]
    assert datetime.fromisoformat(found[-1][3].choice or "") == at(2)
    assert [row[0].text for row in found] == ["2023", "2022", "2021"]
