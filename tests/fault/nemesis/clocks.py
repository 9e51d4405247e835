"""The clock of a process is stepped while it runs, by an hour either way, and back."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from random import Random

from tests.fault.supervised import Supervised
from tests.fault.system import System

SOURCE = Path(__file__).with_name("clock.c")
"""What is loaded into a process whose clock is to be stepped. libfaketime would do more, and lets
the threads of a Python process spin where they wait for one another."""


async def step(system: System, dice: Random) -> None:
    """Step the clock of any process, and back after some seconds."""
    process = dice.choice(system.processes)
    clock = await _clock(system, process)
    put(clock, dice.choice([3600, -3600]))
    await asyncio.sleep(dice.uniform(3, 7))
    put(clock, 0)


def lacks() -> str | None:
    """Say why no clock can be stepped here."""
    if shutil.which("cc") is None:
        return "a process cannot be given a clock of its own here (a C compiler, cc)"
    return None


def stepped(file: Path) -> dict[str, str]:
    """Return the variables by which a process has the clock that ``file`` steps; made if absent."""
    library = file.with_name("clock.so")
    if not library.exists():
        built = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(built, check=True)
    if not file.exists():
        put(file, 0)
    return {"LD_PRELOAD": str(library), "FAULT_CLOCK": str(file)}


def put(file: Path, seconds: int) -> None:
    """Step the clock of whoever has ``file`` to so many seconds beside the true one."""
    with file.open("r+b" if file.exists() else "wb") as where:
        where.write(seconds.to_bytes(8, "little", signed=True))


async def _clock(system: System, process: Supervised) -> Path:
    """Return the file that says how far the process's clock is off."""
    file = process.log.with_suffix(".clock")
    if not file.exists():
        process.env = (process.env or {}) | stepped(file)
        await process.end()
        await system.ready()
    return file
