"""Writes the country outlines of the map: ``python -m services.console.map.outlines [TOPOJSON]``.

They are Natural Earth 1:50m (public domain), at a hundredth of a degree: what the map shows behind
the segments, which are drawn from 1:10m.
"""

import json
import sys
from pathlib import Path
from typing import Any

from services.borders import decoded, world_atlas

PATH = Path(__file__).with_name("outlines.geojson")

LEAST_POINTS = 4
"""A ring of fewer points than this is a dot at the map's precision."""

ANTARCTICA = "010"
"""Its ISO 3166 number: it has no land border, and its outline has no end."""

Ring = list[tuple[float, float]]


def outlines(topology: dict[str, Any]) -> str:
    """Return the text of the file: one feature a country, without properties."""
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "MultiPolygon", "coordinates": polygons},
        }
        for country in topology["objects"]["countries"]["geometries"]
        if country.get("id") != ANTARCTICA and (polygons := _polygons(topology, country))
    ]
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _polygons(topology: dict[str, Any], country: dict[str, Any]) -> list[list[Ring]]:
    found = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    polygons = ([_ring(topology, ring) for ring in rings] for rings in found)
    kept = ([ring for ring in rings if len(ring) >= LEAST_POINTS] for rings in polygons)
    return [rings for rings in kept if rings]


def _ring(topology: dict[str, Any], arcs: list[int]) -> Ring:
    """Return a ring's points; an arc run backwards is written as its complement.

    A ring that crosses the antimeridian goes on beyond 180 degrees: a jump to -180 would be drawn
    as a line around the world.
    """
    points: Ring = []
    for arc in arcs:
        line = decoded(topology, arc if arc >= 0 else ~arc)
        for x, y in line if arc >= 0 else line[::-1]:
            east = x + _turns(points, x) * 360
            point = (round(east, 2), round(y, 2))
            if not points or points[-1] != point:
                points.append(point)
    return points


def _turns(points: Ring, x: float) -> int:
    """Return how often around the world ``x`` is to be moved to lie beside the last point."""
    return round((points[-1][0] - x) / 360) if points else 0


def main(source: Path | None) -> None:
    """Write the file, from a TopoJSON at hand or from the npm package."""
    PATH.write_text(outlines(world_atlas(source, "50m")))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
