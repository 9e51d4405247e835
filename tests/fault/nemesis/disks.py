"""Disks run full, and what a worker finds on its own disk is not what it needs."""

import asyncio
import shutil
from pathlib import Path
from random import Random

from models.escalation.registry import COMMITTED
from tests.fault.system import System


async def fill_broker(system: System, dice: Random) -> None:
    """Leave no room on the disk of one node, which then ends by itself; then give it back."""
    node = dice.choice(system.cluster.nodes)
    assert node.disk is not None
    await asyncio.to_thread(node.disk.fill)
    try:
        await asyncio.sleep(dice.uniform(2, 6))
    finally:
        node.disk.empty()
    await node.answers()


async def fill_database(system: System, dice: Random) -> None:
    """Leave no room for the read model and what the notifier and the gateway remember."""
    assert system.postgres.disk is not None
    await asyncio.to_thread(system.postgres.disk.fill)
    try:
        await asyncio.sleep(dice.uniform(2, 6))
    finally:
        system.postgres.disk.empty()
    await system.postgres.answers()


async def spoil_folder(system: System, dice: Random) -> None:
    """Kill a worker and write nonsense into all that it has on disk; it needs none of it."""
    worker = dice.choice(system.workers)
    worker.hold()
    await worker.end()
    folder = system.settings.data_dir / system.settings.worker.group
    folder.mkdir(exist_ok=True)
    for path in [*folder.rglob("*"), folder / "v1", folder / "tables"]:
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(dice.randbytes(dice.randint(0, 10_000)))
    worker.release()


async def spoil_model(system: System, dice: Random) -> None:
    """Give a worker a model that is cut off, changed or of no manifest: it must not begin."""
    worker = dice.choice(system.workers)
    assert worker.env is not None
    before, count = dict(worker.env), len(worker.codes)
    folder = _spoilt(system.settings.data_dir / "spoilt", dice)
    worker.env = before | {"FOREWARN_MODEL__VERSION": str(folder)}
    await worker.end()

    async def refuses() -> bool:
        return len(worker.codes) > count + 1

    await system.until(refuses, "the worker refuses the model")
    worker.env = before
    # Exit code 2 is that of a fault that is told in a line.
    assert set(worker.codes[count + 1 :]) == {2}, worker.told()


def _spoilt(folder: Path, dice: Random) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    newest = sorted(path for path in COMMITTED.iterdir() if path.is_dir())[-1]
    shutil.copytree(newest, folder)
    model, manifest = folder / "model.skops", folder / "manifest.json"
    content = bytearray(model.read_bytes())
    match dice.randrange(4):
        case 0:
            model.write_bytes(content[: dice.randrange(len(content))])
        case 1:
            content[dice.randrange(len(content))] ^= 0xFF
            model.write_bytes(content)
        case 2:
            manifest.unlink()
        case _:
            manifest.write_text(manifest.read_text().replace('"features"', '"feature"', 1))
    return folder
