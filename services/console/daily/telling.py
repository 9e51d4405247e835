"""Parts of the daily report: levels, alerts, incidents, sums, and what became known of before."""

from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from nicegui import ui

from schemas.alert import Transition
from schemas.incident import IncidentReport
from services.console import chart
from services.console.cards import badge
from services.console.daily import wording
from services.console.daily.account import Account, Item, Moved, News
from services.console.daily.day import BESIDE, Day
from services.console.daily.sheet import across, cell, sheet, text
from services.console.local_time import LocalTime
from services.console.segment.timeline import happened
from services.console.view import View
from services.console.words import Words
from services.console.writing import fact, heading, service_words

MOST_ITEMS = 200
"""How many incidents of a border are told one by one; the sums have all of them."""

RAISES = (Transition.RAISED, Transition.ESCALATED)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a report is told with: ``then`` is what the pages that it leads to show."""

    words: Words
    day: Day
    then: View


def telling(words: Words, day: Day, view: View) -> Telling:
    """Return how a day is told; of one that is over, links lead to what was known at its end."""
    known = replace(view, as_of=day.until) if day.over else view
    return Telling(words, day, known)


def border(at: Telling, account: Account) -> None:
    """Write all that is told of a border."""
    words = at.words
    with ui.element("section").classes("border-day"):
        heading(words("daily.border", id=account.border_id))
        _summary(at, account)
        if account.quiet:
            ui.label(words("daily.nothing"))
        _levels(at, account)
        _alerts(at, account)
        _incidents(at, account)
        _sums(words, account)
        _news(at, account)


def _summary(at: Telling, account: Account) -> None:
    words = at.words
    before, after = (wording.worst(getattr(m, side) for m in account.moved) for side in _SIDES)
    raised = sum(told.transition in RAISES for told in account.alerts)
    with ui.element("dl").classes("figures"):
        for name, value in (
            ("daily.level", wording.level(words, after)),
            ("daily.level_before", wording.level(words, before)),
            ("daily.events", _beside(words, account)),
            ("daily.killed", wording.killed(words, account)),
            ("daily.raised", f"{raised}"),
        ):
            with ui.element("div"):
                fact(words(name), value)


_SIDES = ("before", "after")


def _beside(words: Words, account: Account) -> str:
    return words("daily.beside", n=len(account.today), all=len(account.earlier), days=BESIDE)


def _levels(at: Telling, account: Account) -> None:
    words = at.words
    heading(words("daily.levels"), 3)
    if account.levels:
        ui.label(words("daily.standing", found=wording.standing(words, account.levels)))
    if not account.moved:
        ui.label(words("daily.no_levels"))
        return
    names = ("daily.place", "daily.level_before", "daily.level", "daily.change", "daily.chance")
    with (
        sheet(words("daily.levels"), [words(name) for name in names]),
        ui.element("tbody"),
    ):
        for moved in account.moved:
            _moved(at, account, moved)


def _moved(at: Telling, account: Account, moved: Moved) -> None:
    words = at.words
    with ui.element("tr"):
        with ui.element("th").props("scope=row"):
            _place(at, account.border_id, moved.place_id)
        for stands in (moved.before, moved.after):
            with cell():
                badge(words, stands.level if stands else None)
        text(wording.way(words, moved))
        text(wording.chance(moved))


def _place(at: Telling, border_id: str, place_id: str) -> None:
    ui.link(place_id, at.then.segment(place_id))
    if place_id == border_id:
        ui.label(at.words("neighbours.whole")).classes("quiet")


def _alerts(at: Telling, account: Account) -> None:
    words = at.words
    heading(words("daily.alerts"), 3)
    if not account.alerts:
        ui.label(words("daily.no_alerts"))
    else:
        names = ("daily.recorded", "daily.place", "daily.alert", "daily.why")
        with (
            sheet(words("daily.alerts"), [words(name) for name in names]),
            ui.element("tbody"),
        ):
            for told in account.alerts:
                with ui.element("tr"):
                    with cell():
                        LocalTime(words, told.recorded_at)
                    with cell():
                        _place(at, account.border_id, told.segment_id)
                    with cell():
                        done = words(f"transition.{told.transition.value}")
                        ui.link(done, at.then.alert(told.alert_id))
                        badge(words, told.level)
                    with cell():
                        service_words(words, told.headline, "why")
                        service_words(words, wording.happened_to(told))
    if account.others:
        others = wording.transitions(words, account.others)
        ui.label(words("daily.others", found=others)).classes("quiet")


def _incidents(at: Telling, account: Account) -> None:
    words = at.words
    heading(words("daily.incidents"), 3)
    if not account.items:
        ui.label(words("daily.no_incidents"))
        return
    if (left := len(account.items) - MOST_ITEMS) > 0:
        ui.label(words("daily.more", n=left)).classes("why")
    names = [words(name) for name in _COLUMNS]
    with sheet(words("daily.incidents"), names):
        for place, items in groupby(account.items[:MOST_ITEMS], attrgetter("place_id")):
            with ui.element("tbody"):
                with across(len(names)):
                    _place(at, account.border_id, place)
                for item in items:
                    _item(words, item)


_COLUMNS = (
    "daily.time",
    "daily.what",
    "daily.where",
    "daily.grade",
    "daily.killed",
    "daily.injured",
    "daily.status",
)


def _item(words: Words, item: Item) -> None:
    report = item.report
    with ui.element("tr").classes("retracted" if item.retracted else ""):
        with cell():
            _when(words, item.report)
            if item.goes_on:
                ui.label(words("daily.goes_on")).classes("quiet")
        with cell():
            ui.label(wording.what(words, report)).classes("why said")
            ui.label(report.summary).classes("said")
            for claim in wording.claimed(words, report):
                ui.label(claim).classes("claim")
            if item.head is not None:
                ui.label(words("daily.one_with", id=item.head)).classes("quiet")
        text(report.place.name)
        text(item.grade or "-")
        text(wording.toll(words, report.fatalities)).classes("said")
        text(wording.toll(words, report.injured)).classes("said")
        with cell():
            ui.label(words(f"status.{item.status}")).classes(f"status status-{item.status}")
            if item.why:
                ui.label(item.why)
            ui.label(f"{report.incident_id}").classes("quiet")


def _when(words: Words, report: IncidentReport) -> None:
    clock, said = happened(words, report.occurred)
    if clock is None:
        ui.label(said).classes("days")
    else:
        LocalTime(words, clock)


def _sums(words: Words, account: Account) -> None:
    name = words("daily.sums", n=BESIDE)
    heading(name, 3)
    chart.table(name, *wording.sums(words, account))
    ui.label(words("daily.counting")).classes("quiet")


def _news(at: Telling, account: Account) -> None:
    words = at.words
    heading(words("daily.news"), 3)
    if not account.news:
        ui.label(words("daily.no_news"))
        return
    names = ("daily.recorded", "daily.time", "daily.place", "daily.what", "daily.became")
    with (
        sheet(words("daily.news"), [words(name) for name in names]),
        ui.element("tbody"),
    ):
        for one in account.news:
            _one(at, account, one)


def _one(at: Telling, account: Account, one: News) -> None:
    words = at.words
    with ui.element("tr").classes("retracted" if one.status == "retracted" else ""):
        with cell():
            LocalTime(words, one.at)
        with cell():
            _when(words, one.report)
        with cell():
            for place in one.place_ids:
                _place(at, account.border_id, place)
        with cell():
            ui.label(wording.what(words, one.report)).classes("why said")
            ui.label(one.report.summary).classes("said")
            for claim in wording.claimed(words, one.report):
                ui.label(claim).classes("claim")
        with cell():
            ui.label(words(f"status.{one.status}")).classes(f"status status-{one.status}")
            for told in (wording.news(words, one), one.why):
                if told:
                    ui.label(told)
            ui.label(one.report.incident_id).classes("quiet")
