"""How a level looks: a mark, a line and a colour, so that no colour is needed to tell it.

The colours keep their order for the common kinds of colour blindness (Okabe and Ito 2008) and
have a contrast of at least 4.5 with the page in both themes (WCAG 2.2, 1.4.3).
"""

from dataclasses import dataclass

from schemas.assessment import Level


@dataclass(frozen=True, slots=True)
class Look:
    """How something looks.

    Parameters
    ----------
    mark
        A shape that stands beside the name.
    light, dark
        Its colour on a light and on a dark page.
    weight
        The width of its line on the map [pixels].
    dash
        The pattern of its line, as SVG has it; empty for a whole line.
    """

    mark: str
    light: str
    dark: str
    weight: int
    dash: str


LEVELS = {
    Level.NORMAL: Look("○", "#3b5b76", "#9db8cf", 3, ""),
    Level.WATCH: Look("▲", "#00649b", "#56b4e9", 5, "10 5"),
    Level.WARNING: Look("◆", "#8f5c00", "#e69f00", 7, "2 7"),
    Level.CRITICAL: Look("■", "#b3261e", "#ff8a75", 9, ""),
}

NO_DATA = Look("?", "#5f6368", "#9aa0a6", 2, "1 6")
"""A segment of which nothing has been said yet."""


def look(level: Level | None) -> Look:
    """Return how a level looks, or its absence."""
    return NO_DATA if level is None else LEVELS[level]
