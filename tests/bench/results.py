"""What a run came to, as the file that it is kept in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import bars
from tests.bench.declared import METRICS, Case, Sizes
from tests.bench.figures import middle, ratio
from tests.bench.job import Measured

Results = dict[str, Any]


def results(
    cases: Sequence[Case],
    rounds: Mapping[str, Sequence[Measured]],
    skipped: Mapping[str, str],
    sizes: Sizes,
    about: Mapping[str, Any],
) -> Results:
    """Return everything that is to be kept of a run.

    Parameters
    ----------
    rounds
        What each case measured, round by round.
    skipped
        Why a case could not run.
    about
        What was measured on: machine, versions, traffic.
    """
    medians = {c.name: _medians(c, rounds[c.name]) for c in cases if c.name in rounds}
    found = {c.name: _case(c, rounds.get(c.name, ()), medians) for c in cases}
    for name, why in skipped.items():
        found[name]["skipped"] = why
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **about,
        "sizes": asdict(sizes),
        "units": {name: metric.unit for name, metric in METRICS.items()},
        "cases": found,
        "bars": [asdict(verdict) for verdict in bars.judge(medians)],
    }


def write(found: Results, path: Path) -> None:
    """Write the file of a run."""
    path.write_text(json.dumps(found, indent=2) + "\n")


def read(path: Path) -> Results:
    """Read the file of a run."""
    found: Results = json.loads(path.read_text())
    return found


def _medians(case: Case, rounds: Sequence[Measured]) -> dict[str, float | None]:
    return {m: middle([r.values.get(m) for r in rounds]) for m in case.metrics}


def _case(
    case: Case,
    rounds: Sequence[Measured],
    medians: Mapping[str, Mapping[str, float | None]],
) -> dict[str, Any]:
    mine = medians.get(case.name, {})
    first = case.metrics[0]
    return {
        "group": case.group,
        "label": case.label,
        "rounds": [asdict(r) for r in rounds],
        "median": dict(mine),
        "startup_s": middle([r.startup_s for r in rounds]),
        "rss_mb": middle([r.rss_mb for r in rounds]),
        "times": {other: ratio(mine.get(first), _first(other, medians)) for other in case.against},
    }


def _first(other: str, medians: Mapping[str, Mapping[str, float | None]]) -> float | None:
    """Return the first figure of another case."""
    return next(iter(medians.get(other, {}).values()), None)
