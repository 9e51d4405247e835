"""Areas that are asked for: a box, or a polygon as WKT or GeoJSON."""

import json
from typing import Annotated

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from services.gateway import problems
from services.gateway.problems import Problem
from services.ledger.reports import Box, Inside

_LON = r"[-+]?(180(\.0{1,15})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,15})?)"
_LAT = r"[-+]?(90(\.0{1,15})?|[0-8]?[0-9](\.[0-9]{1,15})?)"

BoxText = Annotated[
    str,
    Field(
        pattern=f"^{_LON},{_LAT},{_LON},{_LAT}$",
        description="West, south, east, north [degrees, WGS 84], as RFC 7946 has them; west beyond "
        "east crosses the antimeridian.",
        examples=["70.3,39.7,71.0,40.2"],
    ),
]
PolygonText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=20_000,
        description="A polygon or several, as WKT or as the text of a GeoJSON geometry; longitude "
        "first [degrees, WGS 84].",
        examples=["POLYGON((70.3 39.7, 71.0 39.7, 71.0 40.2, 70.3 39.7))"],
    ),
]


_UNREADABLE = (
    ShapelyError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    OverflowError,
    NotImplementedError,
)
"""What the readers of shapes raise: of GeoJSON whatever its parts happen to do."""


def box_of(text: str) -> Box:
    """Return the box of a text that has its form.

    Raises
    ------
    Problem
        It lies upside down.
    """
    west, south, east, north = (float(part) for part in text.split(","))
    if south > north:
        detail = (
            f"bbox: found south {south:g} above north {north:g}; expected west,south,east,north"
        )
        raise Problem(problems.BAD_REQUEST, detail)
    return west, south, east, north


def boxes(wanted: Box) -> list[Polygon]:
    """Return a box as polygons: two where it crosses the antimeridian."""
    west, south, east, north = wanted
    if west <= east:
        return [box(west, south, east, north)]
    return [box(west, south, 180, north), box(-180, south, east, north)]


def polygon_of(text: str) -> BaseGeometry:
    """Return the polygons of a text.

    Raises
    ------
    Problem
        It is none, or one that crosses itself or leaves the Earth.
    """
    try:
        found = _from_geojson(text) if text.lstrip().startswith("{") else shapely.from_wkt(text)
    except _UNREADABLE as error:
        raise _refused(text, f"it cannot be read: {error}") from None
    if not isinstance(found, Polygon | MultiPolygon) or found.is_empty:
        raise _refused(text, f"it is a {found.geom_type}")
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _refused(text, "it leaves longitudes -180 to 180 or latitudes -90 to 90")
    if not found.is_valid:
        raise _refused(text, shapely.is_valid_reason(found))
    return shapely.force_2d(found)


def inside(polygon: BaseGeometry) -> Inside:
    """Return what tells which places lie in a polygon or on its edge."""
    shapely.prepare(polygon)

    def chosen(
        longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        return np.asarray(shapely.intersects_xy(polygon, longitudes, latitudes))

    return chosen


def _from_geojson(text: str) -> BaseGeometry:
    found: BaseGeometry = shape(json.loads(text))
    return found


def _refused(text: str, why: str) -> Problem:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return Problem(
        problems.BAD_REQUEST,
        f"polygon: found {shown!r}; expected a POLYGON or MULTIPOLYGON as WKT, or a GeoJSON "
        f"geometry of that type; {why[:200]}",
    )
