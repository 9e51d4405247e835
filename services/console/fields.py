"""The fields of a form by the contract's names, and what is wrong with each, told beside it."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

Told = Mapping[str, str]
"""What is wrong, by the dotted path of the field; what has no field stands under ''."""


SAID_AGAIN = """(...told) => {
  for (const field of Object.values(mounted_app.$refs))
    if (field?.inputValue !== undefined) field.$emit("update:value", field.inputValue);
  emit(...told);
}"""
"""Handles an event in the browser that sends what was typed: all that it shows is said once more.

A key that was pressed as the connection broke may never have come here.
"""


class Fields:
    """Inputs whose faults a screen reader reads with them."""

    def __init__(self) -> None:
        self._inputs: dict[str, Any] = {}
        self._faults: dict[str, ui.label] = {}

    def add(self, name: str, made: Any, hint: str = "") -> Any:
        """Return an input, under the name of its field; call it where its fault is to stand.

        Parameters
        ----------
        made
            A text, number, choice or date of the page library.
        hint
            What is expected, told before anything is wrong.
        """
        made.props("outlined dense no-error-icon hide-bottom-space")
        made.props(f'data-field="{name}"')
        told = []
        with ui.element("div").classes("field") as cell:
            made.move(cell)
            if hint:
                told.append(ui.label(hint).classes("hint").html_id)
            fault = ui.label().classes("fault")
            told.append(fault.html_id)
        made.props(f'aria-describedby="{" ".join(told)}"')
        self._inputs[name], self._faults[name] = made, fault
        return made

    def drop(self, prefix: str) -> None:
        """Forget the fields whose names begin so."""
        for name in [name for name in self._inputs if name.startswith(prefix)]:
            del self._inputs[name], self._faults[name]

    def tell(self, faults: Told) -> str:
        """Tell what is wrong beside each field; return what belongs to none of them, as lines."""
        of_none = []
        here: dict[str, list[str]] = {}
        for path, text in faults.items():
            name = self._nearest(path)
            if name is None:
                of_none.append(f"{path}: {text}" if path else text)
            else:
                here.setdefault(name, []).append(text)
        for name, fault in self._faults.items():
            text = "; ".join(here.get(name, ()))
            if fault.text != text:
                fault.set_text(text)
                wrong = (
                    {"add": "error aria-invalid=true"} if text else {"remove": "error aria-invalid"}
                )
                self._inputs[name].props(**wrong)
        return "\n".join(of_none)

    def focus_first_fault(self) -> None:
        """Move to the first field that something is wrong with."""
        for name, fault in self._faults.items():
            if fault.text:
                self._inputs[name].run_method("focus")
                return

    def _nearest(self, path: str) -> str | None:
        """Return the field of a path, the one that holds it, or the first that it holds."""
        within = next((name for name in self._inputs if name.startswith(f"{path}.")), None)
        while path:
            if path in self._inputs:
                return path
            path = path.rpartition(".")[0]
        return within
