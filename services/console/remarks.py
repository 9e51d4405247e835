"""What operators said of an alert, the silences of its place, and whom it reached."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from schemas.alert import Alert
from schemas.command import SilenceCommand
from schemas.delivery import Delivery
from services.console.ages import moment
from services.console.said import Outcome, outcome, why
from services.console.words import Words
from services.ledger.obeyed import Obeyed
from services.ledger.paging import Page
from services.ledger.redact import WITHHELD


def remarks(words: Words, said: Sequence[Obeyed], transitions: Sequence[Alert]) -> None:
    """Show each command on an alert, the last one first, and what the worker made of it."""
    if not said:
        ui.label(words("alert.no_remarks"))
        return
    with ui.element("ol").props("reversed").classes("history"):
        for one in reversed(said):
            with ui.element("li").classes("entry"):
                what = words(f"command.{one.command.kind}")
                who = author(words, one.command.author)
                head = words("alert.remark", at=moment(one.recorded_at), who=who, what=what)
                ui.label(head).classes("why")
                if one.command.note:
                    ui.label(one.command.note).classes("explanation")
                found = outcome(one, transitions)
                text = words(f"answer.{found.value}", what=what, why=why(one))
                ui.label(text).classes("fault" if found is Outcome.REJECTED else "quiet")


def author(words: Words, name: str) -> str:
    """Return who commanded, as the one who looks may know it."""
    return words("alert.somebody") if name == WITHHELD else name


def silences(
    words: Words,
    found: Sequence[SilenceCommand],
    expire: Callable[[SilenceCommand], None] | None,
) -> None:
    """Show the silences that have not ended; ``expire`` is offered where it is not None."""
    if not found:
        ui.label(words("alert.no_silences"))
        return
    with ui.element("ul").classes("history"):
        for one in found:
            with ui.element("li").classes("entry"):
                lasts = {"starts": moment(one.starts), "ends": moment(one.ends)}
                ui.label(words("alert.silence", id=one.segment_id, **lasts)).classes("why")
                levels = [words(f"level.{level.value}") for level in one.levels]
                kinds = [words(f"transition.{kind.value}") for kind in one.transitions]
                matched = ", ".join((*levels, *kinds)) or words("alert.any")
                who = author(words, one.author)
                ui.label(words("alert.silence_of", what=matched, who=who)).classes("quiet")
                if one.note:
                    ui.label(one.note).classes("explanation")
                if expire is not None:
                    button = ui.button(words("act.expire")).props("outline dense no-caps")
                    button.props(f'aria-label="{words("act.expire")}: {one.segment_id}"')
                    button.on_click(lambda silence=one: expire(silence))


def deliveries(words: Words, tried: Page[Delivery], more: Callable[[], Awaitable[None]]) -> None:
    """Show the attempts to deliver an alert by channel, the last one first."""
    if not tried.items:
        ui.label(words("alert.no_deliveries"))
        return
    with ui.element("ul").classes("history"):
        for one in tried.items:
            with ui.element("li").classes(f"entry outcome-{one.outcome.value}"):
                what = words(f"delivery.{one.outcome.value}")
                where = {"receiver": one.receiver, "channel": one.channel}
                head = words("alert.delivery", at=moment(one.recorded_at), what=what, **where)
                ui.label(head).classes("why")
                of = ", ".join(str(told.sequence) for told in one.alerts)
                ui.label(words("alert.attempt", n=one.attempt, of=of)).classes("quiet")
                if one.reason:
                    ui.label(one.reason)
                if one.next_attempt_at is not None:
                    again = moment(one.next_attempt_at)
                    ui.label(words("alert.again", at=again)).classes("quiet")
    if tried.last is not None:
        ui.button(words("alert.older"), on_click=more).props("outline dense no-caps")
