"""What the runner and the process of one case tell each other; needs nothing but Python."""

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """What one case is to do in one round.

    Parameters
    ----------
    run
        Names this case in this round: consumer groups and topics of its own begin with it.
    topics
        The topics with the traffic: keyed by incident, and keyed by segment.
    records
        How many records each of them has.
    folder
        Where the case may leave files; it is gone after the round.
    cache
        Where it may keep what later rounds need too.
    traffic
        The file of the reports that the traffic is sampled from.
    options
        What else the case was declared with.
    """

    run: str
    bootstrap: str
    topics: dict[str, str]
    partitions: int
    records: int
    folder: str
    cache: str
    traffic: str
    options: dict[str, Any]

    @property
    def incidents(self) -> str:
        """The topic whose records have the incident as their key."""
        return self.topics["incidents"]

    @property
    def segments(self) -> str:
        """The topic whose records have the segment as their key."""
        return self.topics["segments"]

    def write(self, path: Path) -> None:
        """Write the job for the process of the case."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Job":
        """Read what ``write`` wrote."""
        return cls(**json.loads(path.read_text()))


@dataclass(frozen=True, slots=True)
class Measured:
    """What one case came to in one round.

    Parameters
    ----------
    values
        The figures by name; a figure that could not be had is None.
    seen
        What the case has read, in numbers that the runner holds against what was written.
    startup_s
        From the start of the process until it read its first record [s].
    rss_mb
        The most memory that the process that does the work ever had [MB].
    """

    values: dict[str, float | None]
    seen: dict[str, int] = field(default_factory=dict)
    startup_s: float | None = None
    rss_mb: float | None = None

    def write(self, path: Path) -> None:
        """Write the figures for the runner; it never sees half a file."""
        half = path.with_suffix(".half")
        half.write_text(json.dumps(asdict(self)))
        half.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Measured":
        """Read what ``write`` wrote."""
        return cls(**json.loads(path.read_text()))


BEGAN = "BENCH_BEGAN"
"""The variable that tells a process when it was started [s], on the clock of the machine."""


def startup(first: float) -> float:
    """Return how long it took from the start of this process to ``first``, a monotonic time [s]."""
    return first - float(os.environ[BEGAN])


def peak_rss_mb(pid: int | None = None) -> float | None:
    """Return the most memory that a process ever had [MB]; None where the system does not tell."""
    return _memory("VmHWM", pid)


def rss_mb(pid: int | None = None) -> float | None:
    """Return the memory that a process has [MB]; None where the system does not tell."""
    return _memory("VmRSS", pid)


def _memory(which: str, pid: int | None) -> float | None:
    try:
        lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith(which)), None)


def now() -> float:
    """Return the time [s] on the clock that all processes of the machine share."""
    return time.monotonic()
