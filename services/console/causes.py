"""The incidents that an alert rests on: their revisions, who says so, and both sides' tolls."""

from collections.abc import Mapping, Sequence

from nicegui import ui

from schemas.assessment import CauseIncident
from schemas.incident import IncidentReport
from services.console import chart
from services.console.local_time import LocalTime
from services.console.segment.telling import meaning, source_name
from services.console.segment.timeline import claims, distinct, happened, people
from services.console.view import View
from services.console.words import Words
from services.console.writing import fact, service_words, timed
from services.ledger.answers import Revision
from services.ledger.one_incident import Whole


def causes(
    words: Words, view: View, named: Sequence[CauseIncident], known: Mapping[str, Whole]
) -> None:
    """Show the incidents in their order; what the ledger has of each is folded away."""
    if not named:
        ui.label(words("alert.no_causes"))
    for cause in named:
        with ui.element("article").classes("cause").props(f'data-incident="{cause.incident_id}"'):
            service_words(words, cause.words, "why")
            told = words("alert.revision", n=cause.revision)
            if cause.grade is not None:
                grade = {"grade": cause.grade, "meaning": meaning(words, cause.grade)}
                told = f"{told}; {words('incident.graded', **grade)}"
            ui.label(told).classes("quiet")
            if (found := known.get(cause.incident_id)) is None:
                ui.label(words("alert.not_kept", id=cause.incident_id)).classes("quiet")
                continue
            with ui.element("details"):
                with ui.element("summary"):
                    ui.label(words("alert.incident", id=cause.incident_id)).classes("inline")
                for one in reversed(distinct(found.revisions)):
                    _revision(words, one)
                if view.as_of is None:
                    link = view.link("/report", incident=cause.incident_id)
                    ui.link(words("alert.revise"), link)


def _revision(words: Words, one: Revision) -> None:
    said = one.incident
    with ui.element("div").classes("revision"):
        status = words(f"status.{said.status}")
        with ui.row().classes("card-head"):
            ui.label(words("alert.said", n=said.revision, status=status)).classes("why")
            LocalTime(words, one.recorded_at)
        if one.refused:
            ui.label(words("incident.refused", why=one.refused)).classes("fault")
        if said.status_reason:
            ui.label(said.status_reason).classes("quiet")
        if isinstance(said, IncidentReport):
            _report(words, said)


def _report(words: Words, said: IncidentReport) -> None:
    ui.label(said.summary).classes("explanation")
    toll, hurt = said.fatalities, said.injured
    with ui.element("dl").classes("facts"):
        kind = words(f"sub_event_type.{said.sub_event_type.name.lower()}")
        fact(words("report.kind"), kind)
        clock, text = happened(words, said.occurred)
        if clock is None:
            fact(words("report.occurred"), text)
        else:
            timed(words, words("report.occurred"), clock)
        fact(words("report.place"), said.place.name)
        if said.actors:
            names = (f"{a.name} ({a.side})" if a.side else a.name for a in said.actors)
            fact(words("report.actors"), "; ".join(names))
        fact(words("incident.killed"), people(words, toll.low, toll.best, toll.high))
        fact(words("incident.injured"), people(words, hurt.low, hurt.best, hurt.high))
        for source in said.sources:
            grade = f"{source.reliability}{source.credibility}"
            name = source_name(words, source.name)
            fact(words("report.source"), f"{name}: {grade}, {meaning(words, grade)}")
    if rows := claims(words, toll, hurt):
        heads = ("incident.claimant", "incident.side", "incident.killed", "incident.injured")
        chart.table(words("incident.claims"), [words(name) for name in heads], rows)
