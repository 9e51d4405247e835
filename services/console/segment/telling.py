"""Parts of a segment's page: why it stands there, its alerts, its incidents."""

from urllib.parse import quote

from nicegui import ui

from schemas.incident import IncidentReport
from schemas.taxonomy import STEP_OF
from services.console import chart
from services.console.ages import moment
from services.console.cards import badge
from services.console.local_time import LocalTime
from services.console.segment.dossier import MOST_INCIDENTS
from services.console.segment.reasons import about, factor, reasons
from services.console.segment.shown import Shown
from services.console.segment.timeline import Entry, claims, happened, people
from services.console.words import Words
from services.console.writing import heading, service_words
from services.ledger.answers import Revision
from services.ledger.redact import WITHHELD


def explanation(shown: Shown) -> None:
    """Write why the level is what it is: model and ladder, what moved it, what it rests on."""
    words, said = shown.words, shown.dossier.assessment
    heading(words("why.title"))
    if said is None:
        ui.label(words("segment.never"))
        return
    with ui.row().classes("card-head"):
        ui.label(words("why.model"))
        badge(words, said.model_level)
        ui.label(words("why.ladder"))
        badge(words, said.ladder.level)
        ui.link(words("why.version", version=said.model_version), shown.at.view.link("/model"))
    ui.label(words("why.worse")).classes("quiet")
    heading(words("why.moved"), 3)
    if said.contributions:
        chart.show(words, reasons(words, words("why.moved_name"), said.contributions))
        with ui.element("ul").classes("plain"):
            for one in said.contributions:
                with ui.element("li"):
                    way = "raises" if one.log_odds > 0 else "lowers"
                    factors = words(f"reason.{way}", factor=factor(one.log_odds))
                    ui.label(f"{about(words, one)}: {factors}").classes("why")
                    service_words(words, one.words)
        ui.label(words("why.odds")).classes("quiet")
    else:
        ui.label(words("why.nothing_moved"))
    heading(words("why.rests"), 3)
    if not said.incidents:
        ui.label(words("why.no_incidents"))
    told = {entry.incident_id for entry in shown.entries}
    with ui.element("ul").classes("plain"):
        for cause in said.incidents:
            with ui.element("li"):
                if cause.incident_id in told:
                    ui.link(cause.incident_id, f"#{anchor(cause.incident_id)}")
                else:
                    ui.label(cause.incident_id).classes("why")
                service_words(words, cause.words)


def alerts(shown: Shown) -> None:
    """Write the alerts of the time that is told, the latest first."""
    words = shown.words
    heading(words("segment.alerts"))
    if not shown.dossier.alerts:
        ui.label(words("segment.no_alerts"))
    for told in shown.dossier.alerts:
        last = told.transitions[-1]
        with ui.element("div").classes(f"card edge-{last.level.value}"):
            with ui.row().classes("card-head"):
                badge(words, last.level)
                ui.label(words(f"transition.{last.transition.value}"))
                LocalTime(words, told.opened_at)
                if told.resolved_at is not None:
                    ui.label(words("segment.ended", at=moment(told.resolved_at)))
            service_words(words, last.headline, "why")
            ui.link(
                words("segment.alert", at=moment(told.opened_at)),
                shown.at.view.alert(told.alert_id),
            )


def incidents(shown: Shown) -> None:
    """Write the timeline of incidents, the latest first."""
    words = shown.words
    heading(words("incident.title"))
    if not shown.entries:
        ui.label(words("incident.none", period=words(f"period.{shown.days}")))
    elif shown.dossier.more:
        ui.label(words("incident.more", n=MOST_INCIDENTS)).classes("quiet")
    with ui.element("ol").classes("timeline"):
        for entry in shown.entries:
            with ui.element("li").classes("retracted" if entry.retracted else ""):
                _entry(words, entry)


def anchor(incident_id: str) -> str:
    """Return the name of an incident's place on the page."""
    return f"incident-{quote(incident_id, safe='')}"


def _entry(words: Words, entry: Entry) -> None:
    report = entry.report
    ui.link_target(anchor(entry.incident_id))
    with ui.row().classes("card-head"):
        clock, text = happened(words, report.occurred)
        if clock is None:
            ui.label(text)
        else:
            LocalTime(words, clock)
        what = words(f"sub_event_type.{report.sub_event_type.name.lower()}")
        ui.label(what).classes("why said")
        step = STEP_OF.get(report.sub_event_type)
        if step is not None:
            ui.label(words("incident.step", step=step.value)).classes("quiet")
        ui.label(words(f"status.{entry.status}")).classes(f"status status-{entry.status}")
    ui.label(f"{report.place.name} · {words(f'place.{report.place.precision.value}')}")
    ui.label(report.summary).classes("said")
    toll, hurt = report.fatalities, report.injured
    ui.label(words("incident.toll", killed=people(words, toll.low, toll.best, toll.high),
                   injured=people(words, hurt.low, hurt.best, hurt.high)))  # fmt: skip
    if told := claims(words, toll, hurt):
        names = ("incident.claimant", "incident.side", "incident.killed", "incident.injured")
        chart.table(words("incident.claims"), [words(name) for name in names], told)
    _graded(words, entry)
    _one_event(words, entry)
    if not entry.counts and not entry.retracted:
        ui.label(words("incident.elsewhere")).classes("why")
    _revisions(words, entry)


def _graded(words: Words, entry: Entry) -> None:
    """Write how far the reports are to be trusted, together and one by one."""
    if entry.grade is not None:
        ui.label(words("incident.graded", grade=entry.grade, meaning=meaning(words, entry.grade)))
    report = entry.report
    if not report.sources:
        ui.label(words("incident.no_sources")).classes("quiet")
        return
    with ui.element("ul").classes("sources"):
        for source in report.sources:
            grade = f"{source.reliability}{source.credibility}"
            with ui.element("li"):
                ui.label(f"{source_name(words, source.name)}: {grade}, {meaning(words, grade)}")
                if source.url is not None:
                    ui.link(source.url, source.url, new_tab=True).props("rel=noreferrer")


def source_name(words: Words, name: str) -> str:
    """Return the name of a source, or that it is withheld from the one who looks."""
    return words("incident.withheld") if name == WITHHELD else name


def meaning(words: Words, grade: str) -> str:
    """Return an Admiralty grade in words, source and information apart."""
    return f"{words(f'reliability.{grade[0].lower()}')}; {words(f'credibility.{grade[1]}')}"


def _one_event(words: Words, entry: Entry) -> None:
    if entry.corroborates:
        with ui.row().classes("card-head"):
            ui.label(words("incident.corroborates"))
            ui.link(entry.corroborates, f"#{anchor(entry.corroborates)}")
    if entry.corroborated_by:
        with ui.row().classes("card-head"):
            ui.label(words("incident.corroborated"))
            for name in entry.corroborated_by:
                ui.link(name, f"#{anchor(name)}")


def _revisions(words: Words, entry: Entry) -> None:
    """Write what became of the report; one alone was never changed."""
    rows = [_revision(words, one) for one in entry.revisions]
    ui.label(words("incident.id", id=entry.incident_id, at=rows[0][2])).classes("quiet")
    if entry.retracted:
        ui.label(words("incident.retracted", why=rows[-1][3])).classes("why")
    if len(rows) > 1:
        names = ("incident.revision", "incident.status", "incident.recorded", "incident.said")
        title = words("incident.revisions", n=len(rows))
        chart.figures(title, title, [words(name) for name in names], rows)


def _revision(words: Words, one: Revision) -> tuple[str, str, str, str]:
    said = one.incident
    text = said.status_reason or (said.summary if isinstance(said, IncidentReport) else "")
    if one.refused:
        text = words("incident.refused", why=one.refused)
    status = words(f"status.{said.status}")
    return f"{said.revision}", status, moment(one.recorded_at), text
