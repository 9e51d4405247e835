"""A map of the world's borders as SVG: where alarms were raised, and where events were."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup, escape

from models.escalation import budget
from models.escalation.bootstrap import resample
from models.escalation.events import events
from models.escalation.forecasts import MODEL, Forecasts
from schemas.segment import Line, Segment

CLASSES = (0.0, 0.02, 0.1, 0.3)
"""Lower ends of the classes of colour: share of weeks with an alarm; the first is above 0."""

NORTH, SOUTH = 80.0, -56.0
"""Latitudes of the map's edges [degrees]; no land border lies beyond."""

_UNITS = 10
"""Units of the drawing per degree: 0.1 degrees is far less than the width of a line."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What happened on one segment."""

    segment: str
    alarmed: float
    highest: float
    events: int


def spots(forecasts: Forecasts, level: str = "watch") -> list[Spot]:
    """Return what the model said of each segment, the least alarmed first."""
    said, year = forecasts.said[MODEL], forecasts.year()
    raised = budget.alarms(said, year, budget.thresholds(said, year, budget.BUDGETS[level]))
    names, at, weeks = np.unique(forecasts.segment, return_inverse=True, return_counts=True)
    alarmed = np.bincount(at, weights=raised) / weeks
    highest = np.zeros(len(names))
    np.maximum.at(highest, at, said)
    found = events(forecasts, resample(forecasts.border, draws=0))
    _, first = np.unique(found.of_row, return_index=True)
    happened = np.bincount(at[first[-len(found) :]] if len(found) else [], minlength=len(names))
    rows = zip(names, alarmed, highest, happened, strict=True)
    every = [Spot(str(n), float(a), float(h), int(e)) for n, a, h, e in rows]
    return sorted(every, key=lambda s: (s.alarmed, s.highest, s.segment))


def base(segments: Sequence[Segment]) -> Markup:
    """Return the path of all borders, for every map to lie on."""
    return Markup("".join(_path(line) for s in segments for line in s.lines))


def marks(found: Sequence[Spot], segments: Sequence[Segment]) -> Markup:
    """Return the segments with forecasts in their colour, and a ring for the events on each."""
    lines = {s.segment_id: s.lines for s in segments}
    drawn, rings = [], []
    for spot in (s for s in found if s.segment in lines):
        here = lines[spot.segment]
        said = (
            f"{spot.segment}: alarm in {100 * spot.alarmed:.1f} % of weeks, highest forecast "
            f"{spot.highest:.2f}, {spot.events} events"
        )
        path = "".join(_path(line) for line in here)
        drawn.append(
            f'<path class="a{_class(spot)}" d="{path}"><title>{escape(said)}</title></path>'
        )
        if spot.events:
            x, y = _xy(here[0][len(here[0]) // 2])
            rings.append(f'<circle cx="{x}" cy="{y}" r="{6 + 1.5 * spot.events**0.5:.0f}"/>')
    return Markup(f'<g class="events">{"".join(rings)}</g>' + "".join(drawn))


def _class(spot: Spot) -> int:
    return sum(spot.alarmed > edge for edge in CLASSES)


def _path(line: Line) -> str:
    """Return a line as relative moves in whole units, without points that fall together."""
    points = [_xy(p) for p in line]
    moves = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
    steps = "".join(f"l{dx} {dy}" for dx, dy in moves if dx or dy)
    return f"M{points[0][0]} {points[0][1]}{steps or 'h1'}"


def _xy(point: tuple[float, float]) -> tuple[int, int]:
    longitude, latitude = point
    return round((longitude + 180) * _UNITS), round((NORTH - latitude) * _UNITS)
