"""Shows on a terminal what was known of a segment when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.table import Table
from rich.text import Text

from schemas.assessment import Assessment, ShadowView
from schemas.incident import IncidentReport, Traffic
from services.ledger import asof, database
from services.ledger.answers import Episode, IncidentHistory, Revision
from services.ledger.queries import Queries
from services.settings import Settings
from services.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants to know."""

    segment_id: str
    traffic: Traffic
    as_of: datetime | None
    at: datetime | None


def show(settings: Settings, asked: Asked, console: Terminal, *, classified: bool) -> None:
    """Print the answer; what is recomputed for ``at`` is by the model of this version."""
    engine = database.connect(database.url(settings), create=False)
    try:
        queries = Queries(engine, classified=classified)
        here = (asked.segment_id, asked.traffic, asked.as_of)
        incidents = queries.incidents(*here, asked.at)
        episodes = queries.alerts(*here, asked.at)
        if asked.at is None:
            assessed = queries.assessment_of(*here)
        else:
            assessed = asof.believing(queries, settings).assessment(*here, asked.at)
    finally:
        engine.dispose()
    console.say(_title(asked))
    if not incidents and assessed is None and not episodes:
        console.say("nothing was known; segments are listed by: forewarn segments list")
        return
    console.print(incident_table(incidents))
    for line in assessment_lines(assessed):
        console.say(line)
    console.print(alert_table(episodes))


def incident_table(incidents: Sequence[IncidentHistory]) -> Table:
    """Return the incidents, a line for each revision."""
    names = ("incident", "began", "revision", "recorded", "place", "dead", "what was said")
    table = Table(*names, title="Incidents")
    for incident in incidents:
        began = _time(incident.effect.start)
        counts = incident.incident_id + ("" if incident.counts else " (no longer counts)")
        for number, revision in enumerate(incident.revisions):
            first = (counts, began) if number == 0 else ("", "")
            _add(table, *first, *_revision(revision))
        if not incident.revisions:
            _add(table, counts, began, "", "", incident.effect.place_name, "", "")
    return table


def assessment_lines(assessed: Assessment | None) -> list[str]:
    """Return the assessment in words."""
    if assessed is None:
        return ["Assessment: none"]
    chance = assessed.probabilities
    return [
        f"Assessment of {_time(assessed.recorded_at)}: {assessed.level.value.upper()} "
        f"(model {assessed.model_level.value}, ladder {assessed.ladder.level.value}: "
        f"{assessed.ladder.words})",
        f"  escalation in 14 days {chance.escalation_14d:.1%}; any fatal incident in 7 days "
        f"{chance.fatal_7d:.1%}, in 14 days {chance.fatal_14d:.1%}; model {assessed.model_version}",
        *(f"  {c.words}" for c in assessed.contributions[:3]),
        *_shadow_lines(assessed.shadow),
    ]


def _shadow_lines(shadow: ShadowView | None) -> list[str]:
    if shadow is None:
        return []
    chance = shadow.probabilities
    return [
        f"  in shadow, model {shadow.model_version}: {shadow.model_level.value}, escalation "
        f"{chance.escalation_14d:.1%}; any fatal incident in 7 days {chance.fatal_7d:.1%}, "
        f"in 14 days {chance.fatal_14d:.1%}"
    ]


def alert_table(episodes: Sequence[Episode]) -> Table:
    """Return the alerts, a line for each transition."""
    names = ("alert", "opened", "recorded", "transition", "level", "why", "headline")
    table = Table(*names, title="Alerts")
    for episode in episodes:
        for number, told in enumerate(episode.transitions):
            first = (episode.alert_id, _time(episode.opened_at)) if number == 0 else ("", "")
            levels = f"{told.previous_level.value} -> {told.level.value}"
            said = (told.transition.value, levels, told.reason.value, told.headline)
            _add(table, *first, _time(told.recorded_at), *said)
    return table


def _revision(revision: Revision) -> tuple[str, str, str, str, str]:
    incident = revision.incident
    number = f"{incident.revision} {incident.status}"
    recorded = _time(revision.recorded_at)
    refused = f"set aside: {revision.refused}; " if revision.refused else ""
    reason = f"{incident.status_reason}; " if incident.status_reason else ""
    if not isinstance(incident, IncidentReport):
        return number, recorded, "", "", (refused + reason).rstrip("; ")
    dead = "?" if incident.fatalities.best is None else str(incident.fatalities.best)
    sources = ", ".join(source.name for source in incident.sources)
    told = f" ({sources})" if sources else ""
    return number, recorded, incident.place.name, dead, f"{refused}{reason}{incident.summary}{told}"


def _title(asked: Asked) -> str:
    known = f"recorded by {_time(asked.as_of)}" if asked.as_of else "all that is recorded"
    when = f", of {_time(asked.at)}" if asked.at else ""
    return f"{asked.segment_id}, {asked.traffic.value} traffic, {known}{when}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _add(table: Table, *cells: str) -> None:
    # As text: what a report says may look like markup.
    table.add_row(*(Text(cell) for cell in cells))
