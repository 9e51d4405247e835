"""The figures of the last long runs, a row a fault, and the page that shows them."""

import json
import subprocess
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


def record(fault: Fault, outcome: Outcome, seed: int, nodes: int) -> None:
    """Put the figures of a fault in the place of those of its last run."""
    rows: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    rows[fault.name] = {
        "says": fault.says,
        **outcome.summary(),
        "seed": seed,
        "nodes": nodes,
        "on": datetime.now(UTC).date().isoformat(),
        "build": _build(),
        "kafka": VERSION,
    }
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def keep_soak(told: dict[str, Any], seed: int) -> None:
    """Put what a long run under load came to in the place of the last one."""
    made = {"seed": seed, "on": datetime.now(UTC).date().isoformat(), "build": _build()}
    SOAK.write_text(json.dumps(told | made, indent=1) + "\n")


def _build() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return f"{version()} ({done.stdout.strip() or 'no repository'})"
