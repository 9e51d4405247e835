"""Figures, models, labels and places as a reader of the report or the card meets them."""

import pycountry

from models.escalation.figures import Measured

_HAPPENS = {"fatal": "A fatal incident"}
"""What a label's name stands for, where its first word does not say it."""

MODELS = {
    "model": "the model",
    "reference boosted": "reference boosted",
    "logistic": "logistic",
    "ewma 30 d": "EWMA 30 d",
    "climatology": "climatology",
}

_COUNTRIES = {"COD": "DR Congo", "COG": "Congo Republic", "XKX": "Kosovo"}
"""Those whose name in ISO 3166 is missing, or is not told from another's once it is short."""


def figure(m: Measured, digits: int = 3) -> str:
    """Return a figure with its interval, as ``0.358 [0.191, 0.506]``; a dash where undefined."""
    if m.value is None:
        return "-"
    if m.low is None or m.high is None:
        return _number(m.value, digits)
    return f"{_number(m.value, digits)} [{_number(m.low, digits)}, {_number(m.high, digits)}]"


def plain(m: Measured, digits: int = 3) -> str:
    """Return a figure without its interval."""
    return number(m.value, digits)


def number(x: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return "-" if x is None else _number(x, digits)


def percent(m: Measured, digits: int = 1) -> str:
    """Return a share with its interval, as ``35.8 % [19.1, 50.6]``."""
    if m.value is None:
        return "-"
    value = f"{_number(100 * m.value, digits)} %"
    if m.low is None or m.high is None:
        return value
    return f"{value} [{_number(100 * m.low, digits)}, {_number(100 * m.high, digits)}]"


def gain(m: Measured, digits: int = 3) -> str:
    """Return a difference with its sign, as ``+0.029 [+0.021, +0.040]``."""
    if m.value is None:
        return "-"
    if m.low is None or m.high is None:
        return f"{m.value:+.{digits}f}"
    return f"{m.value:+.{digits}f} [{m.low:+.{digits}f}, {m.high:+.{digits}f}]"


def count(n: int) -> str:
    """Return a whole number with thousands apart by a narrow space."""
    return f"{n:,}".replace(",", "\u202f")


def label(name: str) -> str:
    """Return a label in words: ``fatal_7d`` is a fatal incident within 7 days."""
    stem, _, days = name.rpartition("_")
    if not (stem and days[:-1].isdigit() and days.endswith("d")):
        return name
    return f"{_HAPPENS.get(stem, stem.replace('_', ' ').capitalize())} within {days[:-1]} days"


def model(name: str) -> str:
    """Return a model's name in words."""
    return MODELS.get(name, name)


def border(name: str) -> str:
    """Return a border by the names of its countries, where they are known."""
    return " - ".join(_country(code) for code in name.split("-"))


def _country(code: str) -> str:
    if code in _COUNTRIES:
        return _COUNTRIES[code]
    found = pycountry.countries.get(alpha_3=code)
    return getattr(found, "common_name", found.name).split(",")[0] if found else code


def _number(x: float, digits: int) -> str:
    return f"{round(x, digits) + 0.0:.{digits}f}"
