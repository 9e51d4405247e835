"""What the page of a segment is about: a watched segment, or a border as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from schemas.segment import Segment
from services.gateway import problems
from services.gateway.asking.places import Places
from services.gateway.problems import Problem


@dataclass(frozen=True, slots=True)
class Place:
    """A place that risk is kept for.

    Parameters
    ----------
    number
        Along the border; None: the border as a whole.
    drawn_km, border_km
        [km] length of the place and of its border, as drawn.
    neighbours
        The segments beside it; of a border, its segments.
    drawn
        The segments that a map of it shows: all of its border's.
    """

    place_id: str
    border_id: str
    number: int | None
    drawn_km: float
    border_km: float
    neighbours: Sequence[str]
    drawn: Sequence[Segment]


def place_of(places: Places, place_id: str) -> Place:
    """Return the place of an id.

    Raises
    ------
    Problem
        Nothing of that id is watched: with what is most like it.
    """
    segment = places.segments.get(place_id)
    border_id = segment.border_id if segment else place_id
    if border_id not in places.borders:
        raise _unknown(places, place_id)
    parts = places.of_border[border_id]
    drawn = [places.segments[part] for part in parts]
    whole = round(sum(one.drawn_km for one in drawn), 1)
    if segment is None:
        return Place(place_id, border_id, None, whole, whole, parts, drawn)
    km, number = round(segment.drawn_km, 1), segment.number
    return Place(place_id, border_id, number, km, whole, segment.neighbours, drawn)


def _unknown(places: Places, place_id: str) -> Problem:
    near = get_close_matches(place_id.upper(), [*places.segments, *places.borders], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "see the map for those that are"
    return Problem(problems.NOT_FOUND, f"segment: {place_id!r} is not watched here; {hint}")
