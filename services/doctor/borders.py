"""Whether the borders that are asked for are in the table, and can be cut to segments."""

from services.borders import load_segments
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, ok


async def check(case: Case) -> Finding:
    """Cut the borders of the settings; a name that is in no table is raised, with the nearest."""
    settings = case.settings
    found = await aside(lambda: load_segments(settings.borders, settings.segment_km))
    borders = len({segment.border_id for segment in found})
    return ok(f"borders: {borders}, cut to {len(found)} segments of {settings.segment_km} km")
