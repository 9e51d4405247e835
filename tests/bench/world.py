"""Reads the reports of the world from a file of UCDP GED, and keeps those on borders for later."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from models.domain.revisions import UNCERTAINTY_KM
from models.domain.segments import Atlas, NotLocated, OnSegment
from schemas.event import IncidentEvent
from schemas.incident import IncidentReport
from services.borders import load_segments
from services.faults import Fault
from services.importers import ucdp
from services.importers.table import count
from services.settings import Settings
from tests.bench import traffic
from tests.bench.traffic import Report

DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "ucdp_ged211_1989_2017.parquet"
"""Where the file lies beside the repository."""


class NoTraffic(Fault):
    """There is no file of reports to make traffic of."""


def reports(
    file: Path | None, settings: Settings, folder: Path, advance: Callable[[str, int, int], None]
) -> Path:
    """Return the file of reports that lie on a border, made the first time.

    Raises
    ------
    NoTraffic
        There is no file to make it of.
    """
    source = file or DEFAULT
    if not source.is_file():
        msg = (
            f"traffic: there is no file {source}; download UCDP GED as CSV (ucdp.uu.se/downloads) "
            "and name it with --traffic FILE"
        )
        raise NoTraffic(msg)
    segments = load_segments(settings.borders, settings.segment_km)
    mark = hashlib.sha256(source.read_bytes())
    for segment in segments:
        mark.update(repr((segment.segment_id, segment.lines)).encode())
    mark.update(str(settings.locate_limit_km).encode())
    kept = folder / f"reports-{mark.hexdigest()[:16]}.tsv"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        traffic.write(_located(source, Atlas(segments), settings.locate_limit_km, advance), kept)
    return kept


def _located(
    source: Path, atlas: Atlas, limit_km: float, advance: Callable[[str, int, int], None]
) -> list[Report]:
    total = count(source) or 0
    found = []
    for done, item in enumerate(ucdp.read(source), start=1):
        if isinstance(item, IncidentEvent) and (segment := _segment(atlas, item, limit_km)):
            found.append(traffic.report_of(item, segment))
        advance("locating the reports (once)", done, total)
    return found


def _segment(atlas: Atlas, event: IncidentEvent, limit_km: float) -> str | None:
    """Return the segment or border that an event counts on."""
    if not isinstance(event.data, IncidentReport):
        return None
    place = event.data.place
    found = atlas.locate(
        place.latitude,
        place.longitude,
        UNCERTAINTY_KM[place.precision],
        place.countries,
        limit_km,
    )
    if isinstance(found, NotLocated):
        return None
    return found.segment_id if isinstance(found, OnSegment) else found.border_id
