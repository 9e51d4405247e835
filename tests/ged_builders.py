"""A made-up GED file: a dozen segments of real borders, violence that comes in waves."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from models.domain.segments import Atlas
from services.borders import load_segments

BORDERS = ("AFG-TJK", "IRN-IRQ", "KGZ-UZB")
FIRST, LAST = date(2006, 1, 1), date(2018, 12, 31)


def atlas() -> Atlas:
    """Return the segments of the borders of the file."""
    return Atlas(load_segments(BORDERS, 50))


def write(path: Path, seed: int = 1) -> Path:
    """Write about 1,500 events to ``path``, CSV, with the names of GED's full columns."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, float, float, int, str, int]] = []
    days = (LAST - FIRST).days + 1
    for number, segment in enumerate(load_segments(BORDERS, 50)[::4]):
        lon, lat = segment.lines[0][len(segment.lines[0]) // 2]
        # Months of war and years of quiet, so that there is something to learn.
        at_war = np.cumsum(rng.normal(size=days // 30 + 1)) > number / 2
        chance = np.repeat(np.where(at_war, 0.08, 0.002), 30)[:days]
        for day in np.flatnonzero(rng.random(days) < chance):
            deaths = int(rng.geometric(0.25))
            when = FIRST + timedelta(days=int(day))
            rows.append((len(rows), lat, lon, deaths, f"{when} 00:00:00.000", 1))
    columns = ["id", "latitude", "longitude", "best", "date_end", "where_prec"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path
