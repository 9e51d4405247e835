"""Says on which segment a place lies, or that this cannot be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import cos, radians

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree, box
from shapely.geometry import LineString

from models.domain.borders import GEOD
from schemas.segment import Segment

_KM_PER_DEGREE = 110.5
"""Length of a degree of latitude [km], rounded down, so that the search box is never too small."""


_PLACES = 65_536
"""How many places are remembered with what lies around them."""


class WhyNot(StrEnum):
    """Why a place is on no segment and no border."""

    TOO_FAR = "too-far"
    TOO_COARSE = "too-coarse"


@dataclass(frozen=True, slots=True)
class OnSegment:
    """The place lies on a segment, so far from its line."""

    segment_id: str
    distance_km: float


@dataclass(frozen=True, slots=True)
class OnBorder:
    """The place is known too coarsely for a segment, but the border is certain."""

    border_id: str


@dataclass(frozen=True, slots=True)
class NotLocated:
    """The place belongs to no watched border, or nobody can say to which."""

    reason: WhyNot
    detail: str


class Atlas:
    """The segments, found by place."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = {s.segment_id: s for s in segments}
        self._countries = {s.border_id: s.countries for s in segments}
        self._lines = [(s, np.array(line)) for s in segments for line in s.lines]
        self._tree = STRtree([LineString(line) for _, line in self._lines])
        # Reports name the same towns and posts again and again.
        self.within = lru_cache(maxsize=_PLACES)(self._within)

    def knows(self, segment_or_border: str) -> bool:
        """Tell whether a segment or border of that id is watched."""
        return segment_or_border in self._countries or segment_or_border in self._segments

    def parts(self, segment_or_border: str) -> tuple[str, ...]:
        """Return a border as a whole and its segments, in order; of a segment, itself."""
        if segment_or_border not in self._countries:
            return (segment_or_border,)
        own = (i for i, s in self._segments.items() if s.border_id == segment_or_border)
        return (segment_or_border, *sorted(own))

    def countries(self, segment_or_border: str) -> tuple[str, str]:
        """Return the two countries of a segment or of a border as a whole."""
        if segment_or_border in self._countries:
            return self._countries[segment_or_border]
        return self._segments[segment_or_border].countries

    def locate(
        self,
        latitude: float | None,
        longitude: float | None,
        uncertainty_km: float | None,
        countries: Sequence[str],
        limit_km: float = 25.0,
    ) -> OnSegment | OnBorder | NotLocated:
        """Place a report.

        It belongs to the nearest segment within ``limit_km``, if its uncertainty radius is at most
        half the segment's nominal length. One that is known more coarsely (``uncertainty_km`` None:
        no radius is known) belongs to the border of the two countries it names; it is never
        guessed onto a segment.
        """
        if latitude is not None and longitude is not None and uncertainty_km is not None:
            near = self._nearest(latitude, longitude, limit_km)
            if near is None:
                where = f"({latitude}, {longitude})"
                return NotLocated(
                    WhyNot.TOO_FAR,
                    f"place: {where} lies more than {limit_km:g} km from every watched border",
                )
            if uncertainty_km <= self._segments[near.segment_id].nominal_km / 2:
                return near
        border_id = "-".join(sorted(set(countries)))
        if border_id in self._countries:
            return OnBorder(border_id)
        named = ", ".join(countries) or "none"
        return NotLocated(
            WhyNot.TOO_COARSE,
            "place: known too coarsely for a segment; expected coordinates with precision exact or "
            f"near, or the two countries of a watched border (countries named: {named})",
        )

    def _nearest(self, latitude: float, longitude: float, limit_km: float) -> OnSegment | None:
        """Return the nearest segment within ``limit_km``; of equals the one with the lower id."""
        found = self.within(latitude, longitude, limit_km)
        if not found:
            return None
        km, segment_id = min((km, s) for s, km in found.items())
        return OnSegment(segment_id, km)

    def _within(self, latitude: float, longitude: float, limit_km: float) -> Mapping[str, float]:
        """Return the distance [km] of each segment within ``limit_km`` of a place."""
        height = limit_km / _KM_PER_DEGREE
        width = min(180.0, height / max(cos(radians(min(90.0, abs(latitude) + height))), 1e-9))
        found: dict[str, float] = {}
        # A place beside the antimeridian is also near what lies beyond it.
        beside = 180 - abs(longitude) <= width
        for lon in (longitude, longitude - 360, longitude + 360) if beside else (longitude,):
            around = box(lon - width, latitude - height, lon + width, latitude + height)
            for i in self._tree.query(around):
                segment, line = self._lines[i]
                km = distance_km(lon, latitude, line)
                if km <= limit_km:
                    known = found.get(segment.segment_id, limit_km)
                    found[segment.segment_id] = min(known, round(km, 6))
        return found


def distance_km(longitude: float, latitude: float, line: NDArray[np.float64]) -> float:
    """Return the geodesic distance [km] from a point to ``line`` of shape (n_points, 2).

    The nearest point is found on a plane around the point, where the error is far below that of
    the drawn line; the distance to it is then measured on the ellipsoid.
    """
    scale = np.array([cos(radians(latitude)), 1.0])
    offset = (line - (longitude, latitude)) * scale
    start, step = offset[:-1], np.diff(offset, axis=0)
    square = (step**2).sum(axis=1)
    share = np.clip(-(start * step).sum(axis=1) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    nearest = start + step * share[:, None]
    best = nearest[(nearest**2).sum(axis=1).argmin()] / scale + (longitude, latitude)
    return float(GEOD.inv(longitude, latitude, *best)[2]) / 1000
