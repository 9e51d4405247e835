"""The clock that is stepped is that of one process, and what measures durations goes on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fault.nemesis import clocks

TOLD = """
import sys, time
from datetime import UTC, datetime
while sys.stdin.readline():
    print(datetime.now(UTC).timestamp(), time.time(), time.monotonic(), flush=True)
"""


@pytest.mark.skipif(clocks.lacks() is not None, reason=str(clocks.lacks()))
def test_the_clock_of_a_process_is_stepped_and_back(tmp_path: Path) -> None:
    file = tmp_path / "worker.clock"
    process = subprocess.Popen(
        [sys.executable, "-c", TOLD],
        env=os.environ | clocks.stepped(file),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for seconds in (0, 3600, -3600, 0):
            clocks.put(file, seconds)
            process.stdin.write("\n")
            process.stdin.flush()
            now, same, lasted = map(float, process.stdout.readline().split())
            assert (now, same) == pytest.approx((time.time() + seconds,) * 2, abs=5)
            assert lasted == pytest.approx(time.monotonic(), abs=5)
        process.stdin.close()
