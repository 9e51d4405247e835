"""A dialog that asks for what a command says, sends it once, and tells what became of it."""

from collections.abc import Awaitable, Callable

from nicegui import app, ui

from services.console.acting import Hand
from services.console.fields import SAID_AGAIN, Fields, Told
from services.console.looking import OPERATOR, Looking
from services.console.said import Outcome
from services.console.words import Words
from services.gateway import problems
from services.gateway.problems import Problem
from services.gateway.publishing.contents import Said
from services.gateway.who import LOCAL

LONGEST_NAME = 300
"""Of an author [characters]."""


class Dialog:
    """One command in the making; what is made within it are its fields.

    Parameters
    ----------
    title
        What is about to be done.
    send
        Sends the command; raises a ``Problem`` where it cannot.
    tell
        Is called with what became of it: the dialog may be closed by then.
    """

    def __init__(
        self,
        hand: Hand,
        at: Looking,
        title: str,
        send: Callable[[], Awaitable[Said]],
        tell: Callable[[str], None],
    ) -> None:
        self._hand, self._words, self._title = hand, at.words, title
        self._send, self._tell_page = send, tell
        self.fields = Fields()
        self._author: ui.input | None = None
        words = at.words
        with ui.dialog() as self._box, ui.element("div").classes("dialog"):
            heading = ui.label(title).props("role=heading aria-level=2").classes("dialog-title")
            self._box.props(f'aria-labelledby="{heading.html_id}"')
            self._content = ui.element("div").classes("form")
            self._fault = ui.label().props("role=alert").classes("fault")
            self._said = ui.label().props("role=status").classes("quiet")
            with ui.row().classes("dialog-foot"):
                close = ui.button(words("act.close"), on_click=self._box.close)
                close.props("flat no-caps")
                self._button = ui.button(title, color=None)
                self._button.on("click", self.send, js_handler=SAID_AGAIN)
                self._button.props("no-caps unelevated").classes("go")
        with self._content:
            if at.caller is LOCAL:
                kept = app.storage.user.get(OPERATOR, "")
                name = ui.input(words("act.author"), value=kept)
                self._author = self.fields.add("author", name, words("act.named"))
            elif at.caller is not None:
                ui.label(words("act.as_caller", who=at.caller.name)).classes("quiet")

    def __enter__(self) -> "Dialog":
        self._content.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._content.__exit__()

    @property
    def is_open(self) -> bool:
        """Whether it is shown, or about to be."""
        return bool(self._box.value)

    def open(self, first: ui.element) -> None:
        """Show it, at the field ``first``; whoever has not said their name is asked for it."""
        unknown = self._author is not None and not self._author.value
        target = self._author if unknown and self._author else first
        # The browser does it as it shows the dialog: told from here, it would come late on a slow
        # line, and take the field from whoever types already.
        target.props("autofocus")
        self._box.on("hide", self._box.delete)
        self._box.open()

    async def send(self) -> None:
        """Send the command, unless it is on its way already, and wait for the answer."""
        # A button that is disabled is on its way: a second press, or a key, finds it so.
        if not self._button.enabled or not self._is_named():
            return
        self._button.disable()
        self._tell({}, "")
        self._said.set_text(self._words("act.sending"))
        try:
            said = await self._send()
        except Problem as problem:
            faults, text = told(self._words, problem)
            if self.is_open:
                self._tell(faults, text)
                self._said.set_text("")
                self._button.enable()
            else:
                # Whoever closed it meanwhile would take it for done.
                self._tell_page(f"{self._title}: {text or problem.detail}")
            return
        self._said.set_text(self._words("act.sent"))
        found, why = await self._hand.answer(said.record)
        self._answered(found, why)

    def _answered(self, found: Outcome, why: str) -> None:
        text = self._words(f"answer.{found.value}", what=self._title, why=why)
        self._tell_page(text)
        self._said.set_text("" if found is Outcome.REJECTED else text)
        self._fault.set_text(text if found is Outcome.REJECTED else "")
        if found is Outcome.ACCEPTED:
            self._box.close()

    def _is_named(self) -> bool:
        """Tell whether it is known in whose name the command is sent, and keep that."""
        if self._author is None:
            return True
        name = str(self._author.value or "").strip()
        if not 0 < len(name) <= LONGEST_NAME:
            self._tell({"author": self._words("act.author_missing")}, "")
            return False
        app.storage.user[OPERATOR] = name
        return True

    def _tell(self, faults: Told, text: str) -> None:
        of_none = self.fields.tell(faults)
        self._fault.set_text("\n".join(filter(None, (text, of_none))))
        self.fields.focus_first_fault()


def told(words: Words, problem: Problem) -> tuple[Told, str]:
    """Return what is told of a problem: by the fields at fault, and as a whole."""
    if problem.errors:
        return {error.field: error.expected for error in problem.errors}, ""
    if problem.kind is problems.LOG_AWAY:
        return {}, words("act.away")
    if problem.kind is problems.IN_DOUBT:
        return {}, words("act.in_doubt")
    return {}, words("act.refused", why=problem.detail)
