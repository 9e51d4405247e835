"""Single keys that do what a button does; they can be turned off (WCAG 2.2, 2.1.4)."""

from collections.abc import Callable, Mapping

from nicegui import app, events, ui

from services.console.looking import SHORTCUTS
from services.console.words import Words

HELP = "?"
"""The key that lists the others."""


def pressed(name: str, code: str) -> str:
    """Return which key a person means: where a layout has no Latin letters, the key's place."""
    letter = code.removeprefix("Key").lower()
    foreign = not name.isascii() and code.startswith("Key")
    return letter if foreign else name.lower()


class Shortcuts:
    """The keys of a page.

    Parameters
    ----------
    keys
        What each does, with the name of the text that says so.
    """

    def __init__(self, words: Words, keys: Mapping[str, tuple[str, Callable[[], None]]]) -> None:
        self._words, self._keys = words, keys
        self._help = self._listed()
        # No key counts while somebody types; one that is held down counts once.
        ui.keyboard(self._press, repeating=False, ignore=["input", "select", "textarea"])
        show = ui.button(words("keys.title"), icon="keyboard", on_click=self._help.open)
        show.props(f'flat dense no-caps aria-keyshortcuts="{HELP}"')

    def _press(self, event: events.KeyEventArguments) -> None:
        held = event.modifiers
        if not event.action.keydown or held.ctrl or held.alt or held.meta:
            return
        if not app.storage.user.get(SHORTCUTS, True):
            return
        key = pressed(event.key.name, event.key.code)
        if key == HELP:
            self._help.open()
        elif key in self._keys and not held.shift and not self._help.value:
            self._keys[key][1]()

    def _listed(self) -> ui.dialog:
        words = self._words
        with ui.dialog() as found, ui.element("div").classes("dialog"):
            heading = ui.label(words("keys.title")).props("role=heading aria-level=2")
            found.props(f'aria-labelledby="{heading.html_id}"')
            with ui.element("dl").classes("facts"):
                for key, (text, _) in {**self._keys, HELP: ("keys.help", None)}.items():
                    with ui.element("dt"), ui.element("kbd"):
                        ui.label(key)
                    with ui.element("dd"):
                        ui.label(words(text))
            on = app.storage.user.get(SHORTCUTS, True)
            ui.switch(words("keys.on"), value=on, on_change=self._turn)
            ui.button(words("act.close"), on_click=found.close).props("flat no-caps")
        return found

    def _turn(self, event: events.ValueChangeEventArguments[bool | None]) -> None:
        app.storage.user[SHORTCUTS] = bool(event.value)
