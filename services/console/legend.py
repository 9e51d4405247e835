"""What the map's lines mean: of each level its mark, its line, its colour and its word."""

from nicegui import ui

from services.console.looks import LEVELS, NO_DATA, Look
from services.console.words import Words


def legend(words: Words) -> None:
    """Show the legend, the worst level first."""
    looks = {level.value: at for level, at in reversed(LEVELS.items())} | {"none": NO_DATA}
    with ui.element("ul").props(f'aria-label="{words("map.legend")}"').classes("legend"):
        for name, at in looks.items():
            with ui.element("li").classes(f"level-{name}"):
                ui.html(line(at), sanitize=False)
                ui.label(f"{at.mark} {words(f'level.{name}')}")


def line(at: Look) -> str:
    """Return the line of a level as an SVG picture, in the colour of the text around it."""
    dash = f' stroke-dasharray="{at.dash}"' if at.dash else ""
    return (
        '<svg width="44" height="10" aria-hidden="true"><line x1="0" y1="5" x2="44" y2="5" '
        f'stroke="currentColor" stroke-width="{at.weight}"{dash}/></svg>'
    )
