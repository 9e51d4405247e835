"""What a run was measured on: the machine, and the version of everything that took part."""

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from services.local import kafka
from services.local.broker import tools

OURS = ("faust-streaming", "aiokafka", "uvloop", "orjson", "scikit-learn", "pydantic")
PEERS = ("quixstreams", "confluent-kafka", "rocksdict", "orjson")

_ASK = (
    "import json, sys; from importlib.metadata import version;"
    "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
)


def machine() -> dict[str, str | int | float | None]:
    """Return what the machine is; None for what it does not tell."""
    return {
        "cores": os.cpu_count(),
        "cores_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memory_gb": _memory_gb(),
        "cpu": _cpu(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "java": tools().java,
    }


def versions(peers: Path | None) -> dict[str, str]:
    """Return the version of each library; ``peers`` is the Python of the peers' environment."""
    found = {name: version(name) for name in OURS} | {"kafka": kafka.VERSION}
    if peers is not None:
        said = subprocess.run(
            [str(peers), "-c", _ASK, *PEERS], capture_output=True, text=True, check=True
        )
        found |= json.loads(said.stdout)
    return found


def _memory_gb() -> float | None:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None
    return round(total / 2**30, 1)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")
