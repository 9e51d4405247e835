"""The clock of a process is stepped while it runs, by an hour either way, and back."""

import asyncio
from pathlib import Path
from random import Random

from tests.fault.supervised import Supervised
from tests.fault.system import System

_LIBRARIES = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"),
)


async def step(system: System, dice: Random) -> None:
    """Step the clock of a worker or the gateway, and back after some seconds."""
    process = dice.choice([*system.workers, system.gateway])
    clock = await _clock(system, process)
    clock.write_text(dice.choice(["+3600", "-3600"]))
    await asyncio.sleep(dice.uniform(3, 7))
    clock.write_text("+0")


def lacks() -> str | None:
    """Say why no clock can be stepped here."""
    if _library() is None:
        return "a process cannot be given a clock of its own here (package faketime)"
    return None


async def _clock(system: System, process: Supervised) -> Path:
    """Return the file that says how far the process's clock is off [s]."""
    file = process.log.with_suffix(".clock")
    if file.exists():
        return file
    file.write_text("+0")
    process.env = (process.env or {}) | {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        # What measures how long something takes goes on, as on a machine whose clock is stepped.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    await process.end()
    await system.ready()
    return file


def _library() -> Path | None:
    return next((path for path in _LIBRARIES if path.exists()), None)
