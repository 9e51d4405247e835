"""The segments that a map draws, as GeoJSON features with their levels."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.segment import Segment
from services import borders
from services.ledger.levels import Stands


def features(segments: Iterable[Segment], levels: Mapping[str, Stands]) -> list[dict[str, Any]]:
    """Return the segments; ``properties`` has ``level``, None where nothing is known."""
    drawn: list[dict[str, Any]] = borders.as_geojson(tuple(segments))["features"]
    for feature in drawn:
        stands = levels.get(feature["id"])
        feature["properties"] = {"level": stands.level.value if stands else None}
    return drawn
