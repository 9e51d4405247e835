"""The charts of a segment: what is drawn, what is left out, and that no colour is needed."""

from dataclasses import replace
from datetime import datetime

from schemas.alert import Transition
from schemas.assessment import Contribution, Level
from services.console.looks import LEVELS
from services.console.segment.reasons import factor, reasons
from services.console.segment.risk import changes, risk, thinned
from services.console.words import Words
from services.ledger.answers import episode
from services.ledger.course import Point
from tests.builders import at
from tests.ledger.builders import alert

EN = Words("en")
SPAN = (at(0), at(10))
THRESHOLDS = {"watch": 0.13, "warning": 0.23, "critical": 0.3}


def point(hours: float, escalation: float = 0.1, level: Level = Level.NORMAL) -> Point:
    """Return what was said so long after noon."""
    return Point(at(hours), level, escalation, 0.2, 0.4)


def test_every_figure_is_drawn_in_percent_until_now_and_told_in_the_table() -> None:
    chart = risk(EN, "a name", [point(1), point(3, 0.2, Level.WATCH)], THRESHOLDS, (), SPAN)
    series = chart.options["series"]
    assert [one["name"] for one in series] == list(chart.keys)
    assert [[y for _, y in one["data"]] for one in series] == [
        [10, 20, 20],
        [40, 40, 40],
        [20, 20, 20],
    ]
    assert series[0]["data"][-1][0] == round(SPAN[1].timestamp() * 1000)
    assert list(chart.rows) == [
        ("2021-04-29 15:00Z", "20.0 %", "40.0 %", "20.0 %", "watch"),
        ("2021-04-29 13:00Z", "10.0 %", "40.0 %", "20.0 %", "normal"),
    ]
    assert len({str(one["lineStyle"]["type"]) for one in series}) == len(series)


def test_thresholds_are_told_by_mark_and_word() -> None:
    marks = risk(EN, "", [point(1)], THRESHOLDS, (), SPAN).options["series"][0]["markLine"]["data"]
    assert [(m["yAxis"], m["label"]["formatter"]) for m in marks] == [
        (13, "▲ watch"),
        (23, "◆ warning"),
        (30, "■ critical"),
    ]
    top = risk(EN, "", [point(1)], THRESHOLDS, (), SPAN).options["yAxis"]["max"]
    assert 40 < top <= 100


def test_an_alert_is_marked_when_its_level_changes_and_shaded_while_it_stands() -> None:
    raised = alert(1, at(2), opened_at=at(2))
    noted = alert(2, at(3), transition=Transition.UPDATED, previous_level=Level.WATCH)
    over = alert(
        3, at(5), transition=Transition.RESOLVED, level=Level.NORMAL, previous_level=Level.WATCH
    )
    told = episode([raised, noted, over])
    assert [t.sequence for t in changes([told], SPAN)] == [1, 3]
    assert [t.sequence for t in changes([told], (at(4), at(10)))] == [3]
    series = risk(EN, "", [point(1)], {}, [told], SPAN).options["series"][0]
    assert [m["label"]["formatter"] for m in series["markLine"]["data"]] == [
        LEVELS[Level.WATCH].mark,
        LEVELS[Level.NORMAL].mark,
    ]
    assert series["markArea"]["data"] == [[{"xAxis": ms(at(2))}, {"xAxis": ms(at(5))}]]
    still = replace(told, resolved_at=None)
    area = risk(EN, "", [point(1)], {}, [still], SPAN).options["series"][0]["markArea"]["data"]
    assert area == [[{"xAxis": ms(at(2))}, {"xAxis": ms(at(10))}]]


def test_of_points_that_lie_on_one_another_the_worst_is_kept() -> None:
    many = [point(n / 100, 0.9 if n == 456 else 0.1) for n in range(1000)]
    found = thinned(many, *SPAN, most=20)
    assert len(found) <= 21
    assert max(p.escalation_14d for p in found) == 0.9
    assert found[-1].at == many[-1].at
    assert [p.at for p in found] == sorted(p.at for p in found)
    assert thinned(many[:5], *SPAN, most=20) == many[:5]


def test_what_held_before_the_period_is_drawn_from_its_beginning() -> None:
    assert [p.at for p in thinned([point(-50), point(2)], *SPAN)] == [at(0), at(2)]


def test_bars_tell_by_their_side_and_in_figures_what_raises_and_what_lowers() -> None:
    found = [moved("deaths_30d", 0.92), moved("days_since_fatal", -0.69), moved("unknown_1", 0.1)]
    chart = reasons(EN, "a name", found)
    assert list(chart.rows) == [
        ("deaths", "\N{MULTIPLICATION SIGN}2.5", "words of deaths_30d"),
        ("lulls", "\N{MULTIPLICATION SIGN}0.50", "words of days_since_fatal"),
        ("unknown_1", "\N{MULTIPLICATION SIGN}1.1", "words of unknown_1"),
    ]
    bars = chart.options["series"][0]["data"]
    assert [bar["label"]["position"] for bar in bars] == ["right", "left", "right"]
    assert [bar["label"]["formatter"] for bar in bars] == [row[1] for row in chart.rows]
    assert factor(0.0) == "\N{MULTIPLICATION SIGN}1.0"


def moved(feature: str, log_odds: float) -> Contribution:
    """Return a contribution."""
    words = f"words of {feature}"
    return Contribution(feature=feature, value=1, usual=1, log_odds=log_odds, words=words)


def ms(moment: datetime) -> int:
    """Return milliseconds since 1970."""
    return round(moment.timestamp() * 1000)
