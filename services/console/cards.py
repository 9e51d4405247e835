"""An alert as a card: level, since when, why in one sentence, the last change, who has seen it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nicegui import ui

from schemas.alert import Alert
from schemas.assessment import Level
from services.console.actions import Actions
from services.console.ages import age, moment
from services.console.local_time import sentence
from services.console.looks import look
from services.console.view import View
from services.console.words import Words
from services.ledger.answers import Episode


def badge(words: Words, level: Level | None) -> None:
    """Show a level by mark, word and colour."""
    name = level.value if level else "none"
    ui.label(f"{look(level).mark} {words(f'level.{name}')}").classes(f"badge level-{name}")


@dataclass(frozen=True, slots=True)
class Card:
    """A card that is shown.

    Parameters
    ----------
    whole
        Its element.
    tell
        Tells its alert's age at a moment, and leads its links to what a view shows.
    """

    whole: ui.element
    tell: Callable[[datetime, View], None]


def card(
    words: Words,
    told: Episode,
    by: str | None,
    show: Callable[[str], None],
    actions: Actions | None,
) -> Card:
    """Show an open alert; its age and where its links lead is still to be told.

    Parameters
    ----------
    by
        Who acknowledged it, where the one who looks may know.
    show
        Shows a segment, by its id.
    view
        What the page shows: links keep it.
    actions
        What may be done with it from here; None: nothing.
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
            since = ui.label().classes("quiet")
        headline = ui.link(last.headline, "").classes("why")
        # Its first sentence says what changed; the others, all that it rests on.
        why = last.explanation.partition(". ")[0].splitlines()[0]
        change = f"{words(f'transition.{last.transition.value}')}; {why}"
        sentence(words, "now.since", told.opened_at).classes("sentence quiet")
        sentence(words, "now.change", last.recorded_at, what=change).classes("sentence")
        ui.label(_seen(words, last, by)).classes("quiet")
        more = ui.link(words("now.page", id=told.segment_id), "")
        if actions is not None and actions.refusal is None:
            with ui.row().classes("choose"):
                if not last.acknowledged:
                    seen = words("act.acknowledge")
                    _act(seen, told, lambda: actions.on_alert("acknowledge", told))
                _act(words("act.silence"), told, lambda: actions.silence(told))

    def tell(now: datetime, view: View) -> None:
        since.set_text(f"({age(words, now - told.opened_at)})")
        _lead(headline, view.alert(told.alert_id))
        _lead(more, view.segment(told.segment_id))

    return Card(article, tell)


def _lead(link: ui.link, address: str) -> None:
    # What is set is sent, even where it is the same.
    if link.props["href"] != address:
        link.props["href"] = address


def _act(text: str, told: Episode, do: Callable[[], None]) -> None:
    button = ui.button(text, on_click=do).props("outline dense no-caps")
    button.props(f'aria-label="{text}: {told.segment_id}"')


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
