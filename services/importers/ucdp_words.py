"""Says in words what the columns of a UCDP row say, for the summary of an incident."""

from schemas.codebooks import UCDP_DATE, UCDP_VIOLENCE_WORDS
from services.importers.ucdp_row import GedRow


def summary(row: GedRow, place: str, contradictions: list[str]) -> str:
    """Return the sentences; each comes from columns of ``row`` alone."""
    kind = UCDP_VIOLENCE_WORDS[row.type_of_violence]
    sides = " against ".join(side for side in (row.side_a, row.side_b) if side)
    described = f" ({row.where_description})" if row.where_description not in (None, place) else ""
    where = place if place == row.country else f"{place}{described}, {row.country}"
    happened = f"{kind}: {sides or 'parties not named'} at {where}, {_when(row)}"
    conflict = [f"Conflict: {row.conflict_name}"] if row.conflict_name else []
    parts = [happened, _toll(row), *contradictions, *conflict, _origin(row)]
    return ". ".join(parts) + "."


def _when(row: GedRow) -> str:
    start, end = row.date_start.date(), row.date_end.date()
    days = f"on {start}" if start == end else f"from {start} to {end}"
    return f"{days} (known to the {UCDP_DATE[row.date_prec]})"


def _toll(row: GedRow) -> str:
    figures = {"low": row.low, "best": row.best, "high": row.high}
    known = [f"{name} {count}" for name, count in figures.items() if count is not None]
    return f"Killed: {', '.join(known) or 'unknown'}"


def _origin(row: GedRow) -> str:
    related = f" ({row.relid})" if row.relid else ""
    # UCDP writes -1 where it kept no count.
    count = row.number_of_sources if row.number_of_sources and row.number_of_sources > 0 else None
    sources = f", from {count} source{'s' if count > 1 else ''}" if count else ""
    return f"UCDP GED event {row.id}{related}{sources}"
