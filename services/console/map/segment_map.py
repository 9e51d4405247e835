"""A map of segments, without tiles: country outlines, lines by level, a label each when near."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.elements import leaflet

from schemas.assessment import Level
from services.console.looks import LEVELS, NO_DATA, Look
from services.console.words import Words

_DIST = Path(str(leaflet.__file__)).parent / "dist"
"""Leaflet as the page library carries it: nothing is fetched from elsewhere."""

OUTLINES = "/outlines.geojson"
"""Where the country outlines are, below the console."""

# Its class registers the module that the map's script imports.
_ = ui.leaflet


class SegmentMap(ui.element, component="segment_map.js"):
    """Draws segments; emits ``choose`` with a segment's id.

    Parameters
    ----------
    segments
        Where the browser finds the segments' lines, as GeoJSON, below the console.
    levels
        Of the segments of which anything is known, by id.
    outlines
        Where it finds the country outlines, below the console.
    placing
        Whether a click on the map names a place: emits ``place`` with latitude and longitude.
    only
        The ids of the segments to draw; None: all.
    focus
        The id of the segment that the map is about: it is marked, and shown first.
    """

    def __init__(
        self,
        words: Words,
        segments: str,
        levels: Mapping[str, Level],
        outlines: str = OUTLINES,
        *,
        placing: bool = False,
        only: Collection[str] | None = None,
        focus: str | None = None,
    ) -> None:
        super().__init__()
        self.add_resource(_DIST)
        self.props["segments"] = segments
        self.props["levels"] = {name: level.value for name, level in levels.items()}
        self.props["outlines"] = outlines
        self.props["placing"] = placing
        self.props["only"] = None if only is None else sorted(only)
        self.props["focus"] = focus
        self.props["looks"] = {
            "none": _said(NO_DATA, words("level.none")),
            **{
                level.value: _said(at, words(f"level.{level.value}"))
                for level, at in LEVELS.items()
            },
        }
        self.props["label"] = words("map.label")
        self.props["failed"] = words("map.failed")

    def levels(self, changed: Mapping[str, Level | None]) -> None:
        """Show other levels on some segments, by their ids."""
        told = {name: level.value if level else None for name, level in changed.items()}
        self.run_method("set_levels", told)

    def show(self, segment_id: str) -> None:
        """Move to a segment."""
        self.run_method("show", segment_id)

    def place(self, latitude: float, longitude: float) -> None:
        """Put the mark of a place on the map."""
        self.run_method("set_place", latitude, longitude)


def _said(at: Look, name: str) -> dict[str, Any]:
    return {
        "mark": at.mark,
        "light": at.light,
        "dark": at.dark,
        "weight": at.weight,
        "dash": at.dash,
        "name": name,
    }
