"""Parts of a segment's page: where it stands, on the ladder, how it came there, what lies about."""

from nicegui import ui

from schemas.taxonomy import Step
from services.console import chart
from services.console.ages import age
from services.console.cards import badge
from services.console.chart import percent
from services.console.local_time import LocalTime
from services.console.segment.risk import FIGURES, risk
from services.console.segment.shown import Shown
from services.console.writing import fact, heading, service_words, timed

PERIODS = (30, 90, 365, 1826)
"""How far back the page can look [days]."""


def summary(shown: Shown) -> None:
    """Write the level, the probabilities and when that was said."""
    words, said = shown.words, shown.dossier.assessment
    if said is None:
        with ui.row().classes("card-head"):
            badge(words, None)
        ui.label(words("segment.never"))
        return
    with ui.row().classes("card-head"):
        badge(words, said.level)
        open_alert = next((a for a in shown.dossier.alerts if a.resolved_at is None), None)
        if open_alert is not None:
            ui.link(words("segment.open_alert"), shown.at.view.alert(open_alert.alert_id))
    with ui.element("dl").classes("figures"):
        for figure in FIGURES:
            with ui.element("div"):
                value = percent(getattr(said.probabilities, figure))
                fact(words(f"probability.{figure}"), value)
        with ui.element("div"):
            timed(words, words("segment.assessed"), said.recorded_at)


def ladder(shown: Shown) -> None:
    """Write the steps, the worst at the top, and which of them stands."""
    words, said = shown.words, shown.dossier.assessment
    heading(words("ladder.title"))
    stands = said.ladder if said is not None else None
    if stands is None or stands.step is None:
        ui.label(words("ladder.none"))
    else:
        with ui.row().classes("card-head"):
            badge(words, stands.level)
            ui.label(words(f"step.{stands.step.value}")).classes("why")
        service_words(words, stands.words)
        if shown.dossier.step_since is not None:
            with ui.row().classes("card-head quiet"):
                ui.label(words("ladder.since"))
                LocalTime(words, shown.dossier.step_since)
    with ui.element("ol").classes("ladder").props("reversed"):
        for step in sorted(Step, reverse=True):
            here = stands is not None and stands.step is step
            rung = shown.rules.rung(step)
            item = ui.element("li").classes(f"rung edge-{rung.level.value}")
            with item.props("aria-current=step" if here else ""):
                ui.label(f"{'▶ ' if here else ''}{words(f'step.{step.value}')}")
                badge(words, rung.level)
                ui.label(words("ladder.holds", age=age(words, rung.holds))).classes("quiet")


def course(shown: Shown) -> None:
    """Draw the probabilities over time, and let one look further back."""
    words = shown.words
    heading(words("risk.title"))
    with ui.element("nav").classes("periods").props(f'aria-label="{words("risk.period")}"'):
        for days in PERIODS:
            where = shown.at.view.segment(shown.place.place_id, days=str(days))
            link = ui.link(words(f"period.{days}"), where)
            if days == shown.days:
                link.props("aria-current=true")
    if not shown.dossier.course:
        ui.label(words("risk.none"))
        return
    span = (shown.dossier.since, shown.now)
    name = words("risk.name", id=shown.place.place_id)
    drawn = risk(words, name, shown.dossier.course, shown.thresholds, shown.dossier.alerts, span)
    chart.show(words, drawn)
    ui.label(words("risk.reading")).classes("quiet")
    said = shown.dossier.assessment
    if said is not None and not shown.thresholds:
        ui.label(words("risk.no_thresholds", version=said.model_version)).classes("quiet")


def neighbours(shown: Shown) -> None:
    """Write the places beside this one, each with its level."""
    words, place = shown.words, shown.place
    heading(words("neighbours.title" if place.number is not None else "neighbours.parts"))
    beside = list(place.neighbours)
    if place.number is not None:
        beside.append(place.border_id)
    with ui.element("ul").classes("plain"):
        for name in beside:
            stands = shown.levels.get(name)
            with ui.element("li"), ui.row().classes("card-head"):
                badge(words, stands.level if stands else None)
                ui.link(name, shown.at.view.segment(name))
                if name == place.border_id:
                    ui.label(words("neighbours.whole")).classes("quiet")
