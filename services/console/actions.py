"""What an operator may do with an alert: acknowledge, remark on, silence, resolve."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from nicegui import app, ui
from pydantic import ValidationError

from schemas.assessment import Level
from schemas.command import SilenceCommand
from services.alerts.words import OnAlert
from services.console.acting import Action, Hand, author
from services.console.dialogs import Dialog
from services.console.fields import SAID_AGAIN
from services.console.looking import Looking
from services.console.moments import read, written
from services.console.room import Room
from services.gateway.publishing import bodies, saying
from services.gateway.publishing.contents import NewSilence, Note, OnLevel, Said
from services.gateway.who import Caller, Scope
from services.ledger.answers import Episode

ON_ALERT: dict[OnAlert, Action] = {
    "acknowledge": Action("acknowledgeAlert", Scope.OPERATE),
    "unacknowledge": Action("unacknowledgeAlert", Scope.OPERATE),
    "note": Action("noteOnAlert", Scope.OPERATE),
    "resolve": Action("resolveAlert", Scope.OPERATE),
}
SILENCE = Action("createSilence", Scope.OPERATE)
EXPIRE = Action("endSilence", Scope.OPERATE)

HOURS = (1, 4, 8, 24)
"""How long a silence lasts, to choose from at once [h]."""

USUAL_HOURS = 8
"""How long it lasts unless another end is given [h]."""


class Actions:
    """Offers what may be done on a page, and tells what became of it there."""

    def __init__(self, room: Room, at: Looking) -> None:
        self._room, self._at, self._words = room, at, at.words
        self._hand = Hand(room, at)
        self._said = ui.label().props("role=status").classes("answer")
        # Dialogs have a place of their own: what opens them is drawn anew at any time.
        self._place = ui.element("div")
        self._asked: Dialog | None = None

    @property
    def refusal(self) -> str | None:
        """Why nothing may be done; None where it may."""
        at = self._at
        if at.view.as_of is not None:
            return self._words("act.past")
        if at.caller is None or not at.caller.may(Scope.OPERATE):
            who = at.caller.name if at.caller else "-"
            return self._words("act.scope", who=who, scope=Scope.OPERATE.value)
        return None

    def on_alert(self, kind: OnAlert, told: Episode) -> None:
        """Open the dialog of a command on an alert.

        What is said is said of the level that stands on the page as the dialog opens: one that has
        become worse by then is looked at anew.
        """
        if self._is_asking:
            return
        level = told.transitions[-1].level

        async def send() -> Said:
            text = str(note.value or "").strip() or None
            try:
                if kind == "note":
                    Note.model_validate({"note": text or ""})
                content = OnLevel(note=text, level=None if kind == "note" else level)
            except ValidationError as error:
                raise bodies.invalid(error) from None
            return await self._do(
                ON_ALERT[kind],
                told.alert_id,
                lambda by: saying.on_alert(self._room.parts, by, kind, told.alert_id, content),
            )

        with self._place, self._dialog(f"act.{kind}", send) as dialog:
            ui.label(told.transitions[-1].headline).classes("why")
            ui.label(self._words(f"act.{kind}_means")).classes("quiet")
            note = ui.textarea(self._words("act.remark")).props("autogrow")
            dialog.fields.add("note", note)
            note.on("keydown.ctrl.enter", dialog.send, js_handler=SAID_AGAIN)
        dialog.open(note)

    def silence(self, told: Episode) -> None:
        """Open the dialog of a silence of an alert's segment or border."""
        if self._is_asking:
            return
        words, now = self._words, self._room.parts.clock()

        async def send() -> Said:
            content = silenced(told, place.value, levels.value, ends.value, note.value)
            return await self._do(
                SILENCE,
                content.segment_id,
                lambda by: saying.silence(self._room.parts, by, content),
            )

        with self._place, self._dialog("act.silence", send) as dialog:
            ui.label(words("act.silence_means")).classes("quiet")
            places = {told.segment_id: told.segment_id}
            places.setdefault(told.border_id, words("act.border", id=told.border_id))
            place = ui.select(places, value=told.segment_id, label=words("act.place"))
            dialog.fields.add("segment_id", place)
            named = {level.value: words(f"level.{level.value}") for level in Level if level.rank}
            levels = ui.select(
                named,
                value=[told.transitions[-1].level.value],
                label=words("act.levels"),
                multiple=True,
            )
            dialog.fields.add("levels", levels, words("act.levels_empty"))
            ends = ui.input(words("act.until"), value=written(now + _hours(USUAL_HOURS)))
            dialog.fields.add("ends", ends, words("act.until_form"))
            with ui.row().classes("choose"):
                for hours in HOURS:
                    chosen = ui.button(words("age.hours", n=hours)).props("outline dense no-caps")
                    chosen.props(f'aria-label="{words("act.for_hours", n=hours)}"')
                    chosen.on_click(lambda h=hours: ends.set_value(self._in(h)))
            note = ui.textarea(words("act.remark")).props("autogrow")
            dialog.fields.add("note", note)
        dialog.open(ends)

    def expire(self, silence: SilenceCommand) -> None:
        """Open the dialog that ends a silence."""
        if self._is_asking:
            return

        async def send() -> Said:
            text = str(note.value or "").strip() or None
            return await self._do(
                EXPIRE,
                silence.silence_id,
                lambda by: saying.unsilence(self._room.parts, by, silence.silence_id, text),
            )

        with self._place, self._dialog("act.expire", send) as dialog:
            ui.label(silence.segment_id).classes("why")
            note = ui.textarea(self._words("act.remark")).props("autogrow maxlength=4000")
            dialog.fields.add("note", note)
        dialog.open(note)

    @property
    def _is_asking(self) -> bool:
        """Whether a dialog is open, or on its way over a slow line.

        What is pressed meanwhile, again or as the beginning of a word, opens no other above it.
        """
        return self._asked is not None and self._asked.is_open

    def _dialog(self, name: str, send: Callable[[], Awaitable[Said]]) -> Dialog:
        self._asked = Dialog(self._hand, self._at, self._words(name), send, self._tell)
        return self._asked

    async def _do(
        self, action: Action, subject: str, work: Callable[[str], Awaitable[Said]]
    ) -> Said:
        async def named(caller: Caller) -> Said:
            return await work(author(caller, app.storage.user) or caller.name)

        return await self._hand.do(action, subject, named)

    def _tell(self, text: str) -> None:
        self._said.set_text(text)

    def _in(self, hours: int) -> str:
        return written(self._room.parts.clock() + _hours(hours))


def silenced(
    told: Episode, place: str, levels: list[str], ends: str, note: str | None
) -> NewSilence:
    """Return the silence that a form describes.

    Raises
    ------
    Problem
        A field holds what the contract does not take.
    """
    given = {
        "segment_id": place,
        "traffic": told.traffic,
        "ends": read(ends),
        "levels": tuple(levels),
        "note": (note or "").strip() or None,
    }
    try:
        return NewSilence.model_validate(given)
    except ValidationError as error:
        raise bodies.invalid(error) from None


def _hours(hours: int) -> timedelta:
    return timedelta(hours=hours)
