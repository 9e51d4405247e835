"""The borders of the world: made from Natural Earth once, read and cut from the file after."""

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pycountry
from shapely import line_merge
from shapely.geometry import LineString, MultiLineString

from models.domain.borders import cut, length_km
from schemas.segment import Border, Delimitation, Line, Segment
from services.faults import Fault

PACKAGE = "world-atlas@2.0.2"
"""The npm package that carries Natural Earth 1:10m as TopoJSON; public domain."""

# What Natural Earth draws apart without an ISO code, and the code it goes by here. A line between
# two areas of one code is no border of the table. No position on any claim is taken; the areas
# that stand under no code, or under several claims, have no border here: Siachen Glacier,
# Guantanamo Bay.
_UNCODED = {
    "Kosovo": "XKX",
    "Somaliland": "SOM",
    "N. Cyprus": "CYP",
    "Cyprus U.N. Buffer Zone": "CYP",
    "Dhekelia": "GBR",
    "Akrotiri": "GBR",
    "Baikonur": "KAZ",
}


class UnknownBorder(Fault):
    """A border that is asked for is not in the table."""


def load_segments(border_ids: Sequence[str] | None, nominal_km: int) -> tuple[Segment, ...]:
    """Return the segments of the borders named, or of the whole world.

    Raises
    ------
    UnknownBorder
        With the borders that the misspelt one may have meant.
    """
    check(border_ids)
    borders = _borders()
    chosen = sorted(borders) if border_ids is None else sorted(set(border_ids))
    return tuple(segment for b in chosen for segment in cut(borders[b], nominal_km))


def load_borders(border_ids: Iterable[str]) -> tuple[Border, ...]:
    """Return the borders named, all of which are in the table, in alphabetical order."""
    borders = _borders()
    return tuple(borders[border_id] for border_id in sorted(set(border_ids)))


def check(border_ids: Sequence[str] | None) -> None:
    """Refuse the names of borders that are not in the table.

    Raises
    ------
    UnknownBorder
        With the borders that the misspelt one may have meant.
    """
    borders = _borders()
    unknown = [b for b in border_ids or () if b not in borders]
    if unknown:
        name = unknown[0]
        swapped = "-".join(sorted(name.upper().split("-")))
        near = [swapped] if swapped in borders else get_close_matches(name, borders, 3)
        same = [b for b in borders if set(b.split("-")) & set(name.split("-"))]
        msg = (
            f"FOREWARN_BORDERS: {name!r} is not in the table; expected two ISO 3166-1 alpha-3 "
            "codes in alphabetical order, e.g. "
            f"{', '.join(dict.fromkeys([*near, *same])) or 'KGZ-TJK'}"
        )
        raise UnknownBorder(msg)


def between(countries: Sequence[str]) -> list[str]:
    """Return the borders between any two of ``countries``.

    Raises
    ------
    UnknownBorder
        No two of them share a land border.
    """
    wanted = {c.strip().upper() for c in countries}
    found = [b for b in _borders() if set(b.split("-")) <= wanted]
    if not found:
        msg = (
            f"countries: {', '.join(sorted(wanted))} share no land border; expected ISO 3166-1 "
            "alpha-3 codes of neighbours, e.g. KGZ,TJK"
        )
        raise UnknownBorder(msg)
    return found


def redraw(source: Path | None) -> Path:
    """Make the table of borders anew from Natural Earth; return its path."""
    path = Path(str(files("models").joinpath("geo", "borders.geojson")))
    path.write_text(build_borders(world_atlas(source)))
    _borders.cache_clear()
    return path


def as_geojson(segments: Sequence[Segment]) -> dict[str, Any]:
    """Return ``segments`` as an RFC 7946 FeatureCollection, with their border's delimitation."""
    borders = _borders()
    features = []
    for s in segments:
        properties = s.model_dump(mode="json", exclude={"lines"})
        properties["delimitation"] = [
            d.model_dump(mode="json") for d in borders[s.border_id].delimitation
        ]
        geometry = {"type": "MultiLineString", "coordinates": s.lines}
        features.append(
            {
                "type": "Feature",
                "id": s.segment_id,
                "properties": properties,
                "geometry": geometry,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def world_atlas(source: Path | None, scale: str = "10m") -> dict[str, Any]:
    """Return the TopoJSON of the world's countries, from ``source`` or from the npm package.

    Parameters
    ----------
    scale
        Of the map that is taken from the package: 10m, 50m or 110m, for 1:10 million and so on.

    Raises
    ------
    FileNotFoundError
        There is neither a file nor npm.
    """
    if source is not None:
        topology: dict[str, Any] = json.loads(source.read_bytes())
        return topology
    npm = shutil.which("npm")
    if npm is None:
        msg = (
            "npm: not found; it fetches the borders. Install Node.js, or give --source with "
            f"countries-{scale}.json of the npm package {PACKAGE}"
        )
        raise FileNotFoundError(msg)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 (as above, and a package that is named here)
            [npm, "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as content:
            member = content.extractfile(f"package/countries-{scale}.json")
            assert member is not None
            found: dict[str, Any] = json.load(member)
            return found


def build_borders(topology: dict[str, Any]) -> str:
    """Return the text of ``borders.geojson``: one border a line, in a canonical order.

    An arc of the topology that two countries share is a stretch of their border.
    """
    users = _users(topology)
    pairs: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for arc, codes in sorted(users.items()):
        if len(codes) == 2:
            pairs[tuple(sorted(codes))].append(decoded(topology, arc))
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "id": "-".join(pair),
                "properties": {},
                "geometry": {"type": "MultiLineString", "coordinates": _canonical(arcs)},
            },
            separators=(",", ":"),
        )
        for pair, arcs in sorted(pairs.items())
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


@cache
def _borders() -> dict[str, Border]:
    folder = files("models").joinpath("geo")
    collection = json.loads(folder.joinpath("borders.geojson").read_text())
    agreed = json.loads(folder.joinpath("delimitation.json").read_text())
    found = {}
    for feature in collection["features"]:
        one, other = feature["id"].split("-")
        found[feature["id"]] = Border(
            border_id=feature["id"],
            countries=(one, other),
            lines=feature["geometry"]["coordinates"],
            delimitation=tuple(Delimitation(**d) for d in agreed.get(feature["id"], ())),
        )
    return found


def _users(topology: dict[str, Any]) -> dict[int, set[str]]:
    """Return the country codes that use each arc."""
    iso = {country.numeric: country.alpha_3 for country in pycountry.countries}
    users: dict[int, set[str]] = defaultdict(set)
    for country in topology["objects"]["countries"]["geometries"]:
        code = iso.get(country.get("id")) or _UNCODED.get(country["properties"]["name"])
        if code:
            for arc in _arcs(country["arcs"]):
                users[arc].add(code)
    return users


def _arcs(nested: list[Any]) -> Iterator[int]:
    """Yield arc numbers; TopoJSON writes an arc run backwards as its complement."""
    for item in nested:
        if isinstance(item, list):
            yield from _arcs(item)
        else:
            yield item if item >= 0 else ~item


def decoded(topology: dict[str, Any], arc: int) -> Line:
    """Return an arc in degrees, rounded to 4 decimals (11 m; the source's grid is coarser)."""
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    x = y = 0
    points = []
    for dx, dy in topology["arcs"][arc]:
        x, y = x + dx, y + dy
        points.append((round(x * kx + tx, 4), round(y * ky + ty, 4)))
    return tuple(points)


def _canonical(arcs: Sequence[Line]) -> list[Line]:
    """Join arcs to lines; longest first, each from its smaller end, rings from their smallest."""
    merged = line_merge(MultiLineString([LineString(arc) for arc in arcs]))
    parts = merged.geoms if isinstance(merged, MultiLineString) else [merged]
    lines = [_directed(tuple((x, y) for x, y in part.coords)) for part in parts]
    return sorted(lines, key=lambda line: (-round(length_km(line), 3), line))


def _directed(line: Line) -> Line:
    if line[0] != line[-1]:
        return min(line, line[::-1])
    smallest = line.index(min(line))
    ring = (*line[smallest:-1], *line[: smallest + 1])
    return min(ring, ring[::-1])
