"""Runs one case in a process of its own: python -m tests.bench.child MODULE:FUNCTION JOB RESULT."""

import importlib
import sys
from pathlib import Path

from tests.bench.job import Job


def main() -> None:
    """Run the function on the job and write what it measured."""
    where, job, result = sys.argv[1:]
    module, _, function = where.partition(":")
    getattr(importlib.import_module(module), function)(Job.read(Path(job))).write(Path(result))


if __name__ == "__main__":
    main()
