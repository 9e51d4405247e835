"""The band of land around a segment, as CAP writes an area: closed rings of latitude,longitude."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Proj
from shapely import transform
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon

from schemas.segment import Line

_DECIMALS = 4
"""Digits of a coordinate: 11 m, as the borders are drawn."""

_COARSE = 0.05
"""How far the outline may be off, as a share of the band's half width: it keeps rings short."""


@lru_cache(maxsize=4096)
def rings(lines: Sequence[Line], half_width_km: float) -> tuple[str, ...]:
    """Return the outlines of the land within ``half_width_km`` of ``lines``.

    Parameters
    ----------
    lines
        Of (longitude, latitude) [degrees, WGS 84].

    Returns
    -------
    Rings as CAP 1.2 writes a polygon (section 3.2.4): at least four pairs ``latitude,longitude``
    with spaces between, the last the same as the first. Holes are filled: to warn inside one is
    the lesser fault.
    """
    line = MultiLineString([LineString(points) for points in lines])
    # On a plane that is true to distance from the middle of the segment.
    middle = line.centroid
    plane = Proj(proj="aeqd", lat_0=middle.y, lon_0=middle.x, ellps="WGS84", units="km")

    def flat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(plane(*points.T))

    band = transform(line, flat).buffer(half_width_km).simplify(half_width_km * _COARSE)
    parts = band.geoms if isinstance(band, MultiPolygon) else (band,)
    return tuple(_ring(part, plane) for part in parts if isinstance(part, Polygon))


def _ring(part: Polygon, plane: Proj) -> str:
    places = (plane(x, y, inverse=True) for x, y in part.exterior.coords)
    return " ".join(f"{_short(lat)},{_short(_wrapped(lon))}" for lon, lat in places)


def _wrapped(longitude: float) -> float:
    """Return a longitude within [-180, 180]."""
    return (longitude + 180) % 360 - 180


def _short(degrees: float) -> str:
    # Adding zero makes -0.0 plain.
    return f"{round(degrees, _DECIMALS) + 0.0:.{_DECIMALS}f}"
