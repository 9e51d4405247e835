"""The watched segments and borders, ready to be drawn: what of them never changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches

import numpy as np
import orjson
from shapely import STRtree
from shapely.geometry import LineString, MultiLineString

from schemas.segment import Border, Delimitation, Segment
from services import borders
from services.gateway import problems
from services.gateway.asking.geometry import boxes
from services.gateway.problems import Problem
from services.ledger.reports import Box


class Places:
    """The segments of the settings' borders and the borders themselves.

    Parameters
    ----------
    segments
        By id.
    """

    def __init__(self, segments: Mapping[str, Segment]) -> None:
        self.segments = segments
        self.of_border: dict[str, list[str]] = defaultdict(list)
        for segment in segments.values():
            self.of_border[segment.border_id].append(segment.segment_id)
        self.borders = {b.border_id: b for b in borders.load_borders(self.of_border)}
        lines = {**{i: s.lines for i, s in segments.items()}, **self._drawn()}
        # Serialised once: the lines of the world are most of an answer's bytes.
        self.geometry = {
            i: orjson.dumps({"type": "MultiLineString", "coordinates": found})
            for i, found in lines.items()
        }
        self._ids = list(segments)
        self._tree = STRtree(
            [MultiLineString([LineString(line) for line in s.lines]) for s in segments.values()]
        )

    def _drawn(self) -> dict[str, object]:
        return {i: border.lines for i, border in self.borders.items()}

    def segment(self, segment_id: str) -> Segment:
        """Return a watched segment.

        Raises
        ------
        Problem
            There is none of that id: with the nearest.
        """
        if segment_id in self.segments:
            return self.segments[segment_id]
        raise missing("segment", segment_id, self.segments, "/v1/segments")

    def border(self, border_id: str) -> Border:
        """Return a watched border.

        Raises
        ------
        Problem
            There is none of that id: with the nearest.
        """
        if border_id in self.borders:
            return self.borders[border_id]
        raise missing("border", border_id, self.borders, "/v1/borders")

    def within(self, wanted: Box) -> set[str]:
        """Return the segments that touch a box."""
        found: set[str] = set()
        for area in boxes(wanted):
            chosen = self._tree.query(area, predicate="intersects")
            found |= {self._ids[int(i)] for i in np.atleast_1d(chosen)}
        return found

    def delimitation(self, border_id: str, day: date | None) -> Delimitation | None:
        """Return what was agreed of a border by ``day``, None: by now; None where nothing is."""
        agreed = self.borders[border_id].delimitation
        held = [d for d in agreed if day is None or d.valid_from <= day]
        return held[-1] if held else None


def missing(what: str, name: str, known: Iterable[str], listed: str) -> Problem:
    """Return the problem of a name that names nothing."""
    near = get_close_matches(name, list(known), n=3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return Problem(problems.NOT_FOUND, f"{what}: {name!r} is not known; {hint}see {listed}")
