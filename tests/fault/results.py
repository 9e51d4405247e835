"""The figures of the long runs, which may be done in pieces."""

import json
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.local.kafka import VERSION
from services.version import version
from tests.fault.campaign import Fault, Outcome

RESULTS = Path(__file__).parent / "results.json"

SOAK = Path(__file__).parent / "soak.json"

COLUMNS = {
    "runs": "runs",
    "acknowledged": "acknowledged",
    "unseen": "unseen",
    "duplicated": "duplicated",
    "alerts": "alerts",
    "alerts differing": "differing",
    "longest wait [s]": "longest_s",
    "recovered, median [s]": "recovered_s",
    "recovered, slowest [s]": "slowest_s",
}
"""The columns of the table, and the fields of a row."""

SUMMED = ("runs", "acknowledged", "unseen", "duplicated", "differing", "alerts", "told")


def record(fault: Fault, outcome: Outcome, seed: int, nodes: int) -> None:
    """Add the figures of a run: a long run may be done in pieces."""
    pieces: dict[str, list[Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    made = {"seed": seed, "nodes": nodes, "on": _today(), "build": _build(), "kafka": VERSION}
    pieces.setdefault(fault.name, []).append(outcome.piece() | made)
    RESULTS.write_text(json.dumps(pieces, indent=1, ensure_ascii=False) + "\n")


def summed(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the figures of a row: those of all its pieces."""
    sums = {field: sum(piece[field] for piece in pieces) for field in SUMMED}
    times = sorted(took for piece in pieces for took in piece["recovered"]) or [0.0]
    return sums | {
        "longest_s": max(piece["longest_s"] for piece in pieces),
        "recovered_s": round(statistics.median(times), 1),
        "slowest_s": times[-1],
    }


def keep_soak(told: dict[str, Any], seed: int) -> None:
    """Put what a long run under load came to in the place of the last one."""
    made = {"seed": seed, "on": _today(), "build": _build()}
    SOAK.write_text(json.dumps(told | made, indent=1) + "\n")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _build() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return f"{version()} ({done.stdout.strip() or 'no repository'})"
