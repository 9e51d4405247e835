"""Cuts a border into segments: the same border at the same length gives the same segments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from schemas.segment import Border, Line, Point, Segment

GEOD = Geod(ellps="WGS84")
DECIMALS = 6
"""Digits kept of a cut point: about 0.1 m, far above the noise between machines."""


@dataclass(frozen=True, slots=True)
class _Piece:
    line: Line
    km: float
    joined: tuple[int, ...]


def length_km(line: Line) -> float:
    """Return the geodesic length of ``line`` [km] on the WGS 84 ellipsoid."""
    lon, lat = np.array(line).T
    return float(GEOD.line_length(lon, lat)) / 1000


def cut(border: Border, nominal_km: int) -> tuple[Segment, ...]:
    """Cut each line of ``border`` into equal segments as near to ``nominal_km`` as can be.

    A line of less than half that length (an islet, an enclave's stub) is no segment of its own:
    it joins the segment that begins or ends nearest to it. The border's first, longest line always
    is cut, so that every border has a segment.
    """
    first, *others = border.lines
    long = [first, *(line for line in others if length_km(line) >= nominal_km / 2)]
    pieces: list[_Piece] = []
    for line in long:
        pieces += _cut_line(line, nominal_km, len(pieces))
    extra: dict[int, list[Line]] = {}
    for line in others:
        if line not in long:
            extra.setdefault(_nearest_end(line[0], pieces), []).append(line)
    return tuple(
        _segment(border, nominal_km, i, piece, extra.get(i, [])) for i, piece in enumerate(pieces)
    )


def _cut_line(line: Line, nominal_km: int, start: int) -> list[_Piece]:
    points = np.array(line)
    edges = _edges(points)
    along = np.concatenate(([0.0], np.cumsum(edges)))
    count = max(1, round(along[-1] / (nominal_km * 1000)))
    cuts = [along[-1] * k / count for k in range(1, count)]
    ends = [line[0], *(_at(points, along, cut) for cut in cuts), line[-1]]
    closed = line[0] == line[-1] and count > 2
    pieces = []
    for k in range(count):
        low, high = ([0.0, *cuts][k], [*cuts, along[-1]][k])
        inner = tuple(line[i] for i in range(len(line)) if low < along[i] < high)
        both = {k - 1, k + 1} if not closed else {(k - 1) % count, (k + 1) % count}
        joined = tuple(sorted(start + n for n in both if 0 <= n < count))
        pieces.append(_Piece((ends[k], *inner, ends[k + 1]), (high - low) / 1000, joined))
    return pieces


def _edges(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the geodesic length of each edge [m]."""
    lon, lat = points.T
    _, _, metres = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(metres)


def _at(points: NDArray[np.float64], along: NDArray[np.float64], metres: float) -> Point:
    """Return the point so many metres along the line, on the geodesic of its edge."""
    i = int(np.searchsorted(along, metres, side="right")) - 1
    azimuth, _, _ = GEOD.inv(*points[i], *points[i + 1])
    lon, lat, _ = GEOD.fwd(points[i][0], points[i][1], azimuth, metres - along[i])
    return round(float(lon), DECIMALS), round(float(lat), DECIMALS)


def _nearest_end(point: Point, pieces: Sequence[_Piece]) -> int:
    def metres(i: int) -> float:
        ends = (pieces[i].line[0], pieces[i].line[-1])
        return min(float(GEOD.inv(*point, *end)[2]) for end in ends)

    return min(range(len(pieces)), key=lambda i: (round(metres(i)), i))


def _segment(
    border: Border, nominal_km: int, i: int, piece: _Piece, extra: Sequence[Line]
) -> Segment:
    def name(index: int) -> str:
        return f"{border.border_id}-{nominal_km:03d}-{index + 1:02d}"

    return Segment(
        segment_id=name(i),
        border_id=border.border_id,
        countries=border.countries,
        number=i + 1,
        nominal_km=nominal_km,
        drawn_km=round(piece.km + sum(length_km(line) for line in extra), 3),
        lines=(piece.line, *extra),
        neighbours=tuple(name(n) for n in piece.joined),
    )
