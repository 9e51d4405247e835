"""What commands write to a terminal with: text that others wrote cannot steer it."""

import os
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

_STEERING = dict.fromkeys(
    (
        *(c for c in range(0x20) if chr(c) not in "\n\t"),
        *range(0x7F, 0xA0),
        # What turns the direction of the text around it, and hides so what it says.
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ),
    "\N{REPLACEMENT CHARACTER}",
)


PIPED = 200
"""How wide what is written into a file or a pipe may be: it has no edge at which to cut a table."""


class Terminal(Console):
    """Shows a sign in place of each character that would steer the terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not (self.is_terminal or "COLUMNS" in os.environ or options.get("width")):
            self.width = PIPED

    def say(self, text: str | Text, style: str | None = None) -> None:
        """Print text as it stands: nothing in it is markup or the name of an emoji, or breaks."""
        self.print(text, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Yield what is shown; the colours are rich's own, and come in no text."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else segment.text.translate(_STEERING)
            yield segment if text == segment.text else segment._replace(text=text)
