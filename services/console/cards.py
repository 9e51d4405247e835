"""An alert as a card: level, since when, why in one sentence, the last change, who has seen it."""

from datetime import datetime

from nicegui import ui

from schemas.alert import Alert
from schemas.assessment import Level
from services.console.ages import age, moment
from services.console.looks import look
from services.console.words import Words
from services.ledger.answers import Episode


def badge(words: Words, level: Level | None) -> None:
    """Show a level by mark, word and colour."""
    name = level.value if level else "none"
    ui.label(f"{look(level).mark} {words(f'level.{name}')}").classes(f"badge level-{name}")


def card(words: Words, told: Episode, now: datetime) -> None:
    """Show an open alert."""
    last = told.transitions[-1]
    with ui.element("article").classes(f"card edge-{last.level.value}"):
        with ui.row().classes("card-head"):
            badge(words, last.level)
            ui.link(told.segment_id, f"/segment/{told.segment_id}")
            since = words("now.since", at=moment(told.opened_at))
            ui.label(f"{since} ({age(words, now - told.opened_at)})").classes("quiet")
        ui.label(last.headline).classes("why")
        change = (
            f"{words(f'transition.{last.transition.value}')}; {last.explanation.splitlines()[0]}"
        )
        ui.label(words("now.change", at=moment(last.recorded_at), what=change))
        ui.label(_seen(words, last)).classes("quiet")


def _seen(words: Words, last: Alert) -> str:
    parts = [words("now.acknowledged" if last.acknowledged else "now.unacknowledged", who="")]
    if last.silenced_until is not None:
        parts.append(words("now.silenced", at=moment(last.silenced_until)))
    return "; ".join(part.strip() for part in parts)
