"""Refuses a filter on a place that is not watched: it would say nothing for ever."""

from collections.abc import Iterable

from schemas.rejection import FieldError
from services.gateway import problems
from services.gateway.following.filters import Asked
from services.gateway.parts import Parts
from services.gateway.problems import Problem


def known(parts: Parts, asked: Asked) -> None:
    """Check the borders and segments that are asked for.

    Raises
    ------
    Problem
        One of them is not watched here.
    """
    borders = {segment.border_id for segment in parts.segments.values()}
    errors = [
        *_unknown("border", asked.border, borders, "a border of FOREWARN_BORDERS"),
        *_unknown(
            "segment", asked.segment, borders | parts.segments.keys(), "a segment or border of them"
        ),
    ]
    if errors:
        first = errors[0]
        watched = ", ".join(sorted(borders)[:10])
        detail = f"{first.field}: found {first.value}; {first.expected}; watched are: {watched}"
        raise Problem(problems.BAD_REQUEST, detail, errors)


def _unknown(
    field: str, asked: Iterable[str], there: set[str], expected: str
) -> Iterable[FieldError]:
    return [
        FieldError(field=field, value=repr(name), expected=f"expected {expected}")
        for name in asked
        if name not in there
    ]
