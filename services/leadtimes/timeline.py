"""Draws what stood around each violent day as SVG, for the HTML report."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from models.domain.leadtimes import AFTERWARDS, By
from models.domain.measured import Limits, Warned
from models.domain.spells import Spell
from services.leadtimes.screen import begins

COLOURS = {"watch": "#f2c14e", "warning": "#e8751a", "critical": "#b3001b"}

_DAY = timedelta(days=1)

# [px] The drawing, the names at its left, one band.
_WIDTH, _LEFT, _BAND = 1000, 70, 18
_HEIGHT = 3 * _BAND + 22


def timelines(warned: Sequence[Warned], limits: Limits) -> str:
    """Return a figure for each violent day, as HTML."""
    return "\n".join(_figure(one, limits) for one in warned)


def _figure(one: Warned, limits: Limits) -> str:
    day = one.day
    names = ", ".join(day.incidents)
    caption = escape(f"{begins(day)} UTC, {day.place}: {day.words} ({names})")
    bands = [_band(n, by, [s for s in one.spells if s.by is by], limits) for n, by in enumerate(By)]
    marks = [_mark(0.0, "violence begins", "", limits)]
    if day.deaths_known is not None:
        known = (day.deaths_known - day.begins) / timedelta(hours=1)
        if known <= _hours(AFTERWARDS):
            marks.append(_mark(known, "first death on record", "4 3", limits))
    axis = "".join(_tick(days, limits) for days in _days(limits))
    drawn = "".join([*bands, *marks, axis])
    return (
        f'<figure><figcaption>{caption}</figcaption><svg width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-label="{caption}">{drawn}</svg></figure>'
    )


def _band(n: int, by: By, spells: Sequence[Spell], limits: Limits) -> str:
    top = n * _BAND
    name = f'<text x="0" y="{top + 13}">{by}</text>'
    back = (
        f'<rect x="{_LEFT}" y="{top + 1}" width="{_WIDTH - _LEFT}" height="{_BAND - 2}" class="n"/>'
    )
    return name + back + "".join(_spell(top, s, limits) for s in spells)


def _spell(top: int, spell: Spell, limits: Limits) -> str:
    left, right = _x(spell.begins, limits), _x(spell.ends, limits)
    told = f"{spell.level} from {spell.begins:+.1f} h to {spell.ends:+.1f} h"
    return (
        f'<rect x="{left:.1f}" y="{top + 1}" width="{right - left:.1f}" height="{_BAND - 2}" '
        f'fill="{COLOURS[spell.level]}"><title>{told}</title></rect>'
    )


def _mark(hours: float, what: str, dashes: str, limits: Limits) -> str:
    x = _x(hours, limits)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{3 * _BAND}" stroke="black" stroke-width="2" '
        f'stroke-dasharray="{dashes}"><title>{what}</title></line>'
    )


def _days(limits: Limits) -> list[int]:
    """Return the days that are named below the bands: not so many that they overlap."""
    first = int(limits.within / _DAY)
    step = 1 + first // 15
    return [day for day in range(-first, AFTERWARDS // _DAY + 1) if day % step == 0]


def _tick(days: int, limits: Limits) -> str:
    x = _x(24.0 * days, limits)
    return f'<text x="{x:.1f}" y="{3 * _BAND + 15}" class="t">{days:+d} d</text>'


def _x(hours: float, limits: Limits) -> float:
    before = _hours(limits.within)
    return _LEFT + (hours + before) / (before + _hours(AFTERWARDS)) * (_WIDTH - _LEFT)


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)
