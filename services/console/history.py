"""The transitions of an alert, the last one first: when, what, why, how bad, how sure."""

from nicegui import ui

from schemas.alert import Alert
from services.console.cards import badge
from services.console.local_time import LocalTime
from services.console.words import Words
from services.console.writing import service_words
from services.ledger.answers import Episode


def history(words: Words, told: Episode) -> None:
    """Show every transition; what the explanations of earlier ones say is folded away."""
    last = told.transitions[-1]
    with ui.element("ol").props("reversed").classes("history"):
        for one in reversed(told.transitions):
            with ui.element("li").classes(f"entry edge-{one.level.value}"):
                _transition(words, one, unfolded=one is last)


def _transition(words: Words, one: Alert, *, unfolded: bool) -> None:
    with ui.row().classes("card-head"):
        LocalTime(words, one.recorded_at)
        ui.label(words(f"transition.{one.transition.value}")).classes("why")
        badge(words, one.level)
        if one.previous_level is not one.level:
            before = words(f"level.{one.previous_level.value}")
            ui.label(words("alert.before", level=before)).classes("quiet")
    ui.label(words(f"because.{one.reason.value}"))
    ui.label(cap(words, one)).classes("quiet")
    if unfolded:
        service_words(words, one.explanation, "explanation")
        return
    with ui.element("details"):
        with ui.element("summary"):
            ui.label(words("alert.explanation")).classes("inline")
        service_words(words, one.explanation, "explanation")


def cap(words: Words, one: Alert) -> str:
    """Return how bad, how soon and how sure, in words."""
    return ", ".join(
        (
            words(f"severity.{one.severity.value.lower()}"),
            words(f"urgency.{one.urgency.value.lower()}"),
            words(f"certainty.{one.certainty.value.lower()}"),
        )
    )
