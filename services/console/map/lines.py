"""The lines of the watched segments as the map's browser takes them, and keeps them."""

import gzip
from collections.abc import Mapping
from hashlib import sha256

import orjson

from schemas.segment import Segment

PATH = "/segments.geojson"
"""Where they are, below the console."""


class Lines:
    """The text of the lines (GeoJSON): it changes with the settings alone.

    Parameters
    ----------
    segments
        By id.
    """

    def __init__(self, segments: Mapping[str, Segment]) -> None:
        features = [
            {
                "type": "Feature",
                "id": name,
                "properties": {},
                "geometry": {"type": "MultiLineString", "coordinates": segment.lines},
            }
            for name, segment in segments.items()
        ]
        text = orjson.dumps({"type": "FeatureCollection", "features": features})
        self.packed = gzip.compress(text, mtime=0)
        # Named by its content, an answer never has to be asked for again.
        self.address = f"{PATH}?{sha256(text).hexdigest()[:16]}"
