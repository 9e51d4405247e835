"""Types commands as an operator does."""

import asyncio
import os
import sys

from services.local.environment import environment
from services.settings import Settings


async def forewarn(
    settings: Settings, *words: str, within_s: float = 60.0
) -> tuple[int | None, str]:
    """Return the exit code of a command, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", *words),
        env=os.environ | environment(settings) | {"COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), within_s)
    return process.returncode, said.decode()
