"""An alert as a card: level, since when, why in one sentence, the last change, who has seen it."""

from collections.abc import Callable
from datetime import datetime

from nicegui import ui

from schemas.alert import Alert
from schemas.assessment import Level
from services.console.ages import age, moment
from services.console.looks import look
from services.console.view import View
from services.console.words import Words
from services.ledger.answers import Episode


def badge(words: Words, level: Level | None) -> None:
    """Show a level by mark, word and colour."""
    name = level.value if level else "none"
    ui.label(f"{look(level).mark} {words(f'level.{name}')}").classes(f"badge level-{name}")


def card(
    words: Words,
    told: Episode,
    now: datetime,
    by: str | None,
    show: Callable[[str], None],
    view: View,
) -> None:
    """Show an open alert.

    Parameters
    ----------
    by
        Who acknowledged it, where the one who looks may know.
    show
        Shows a segment, by its id.
    view
        What the page shows: links keep it.
    """
    last = told.transitions[-1]
    article = ui.element("article").classes(f"card edge-{last.level.value}")
    with article.props(f'data-alert="{told.alert_id}"'):
        with ui.row().classes("card-head"):
            badge(words, last.level)
            segment = ui.button(told.segment_id, on_click=lambda: show(told.segment_id))
            segment.props(
                f'flat dense no-caps aria-label="{words("now.show", id=told.segment_id)}"'
            )
            since = words("now.since", at=moment(told.opened_at))
            ui.label(f"{since} ({age(words, now - told.opened_at)})").classes("quiet")
        ui.label(last.headline).classes("why")
        change = (
            f"{words(f'transition.{last.transition.value}')}; {last.explanation.splitlines()[0]}"
        )
        ui.label(words("now.change", at=moment(last.recorded_at), what=change))
        ui.label(_seen(words, last, by)).classes("quiet")
        ui.link(words("now.page", id=told.segment_id), view.segment(told.segment_id))


def _seen(words: Words, last: Alert, by: str | None) -> str:
    if not last.acknowledged:
        parts = [words("now.unacknowledged")]
    elif by is None:
        parts = [words("now.acknowledged")]
    else:
        parts = [words("now.acknowledged_by", who=by)]
    if last.silenced_until is not None:
        parts.append(words("now.silenced", at=moment(last.silenced_until)))
    return "; ".join(parts)
