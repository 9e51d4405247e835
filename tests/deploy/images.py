"""What the composition's images are here: programs of packages, and what images do first."""

import asyncio
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

import psycopg

from services.local import kafka
from tests import databases
from tests.channels.alertmanager import NAMES

STOPS = {"postgres": signal.SIGINT}
"""By which signal Docker ends an image's process where that is not SIGTERM."""

_ASK = "import sys, urllib.request as ask; ask.urlopen(sys.argv[-1], timeout=5)"


def program(name: str) -> list[str]:
    """Return what runs a program of an image on this machine."""
    match name:
        case "forewarn":
            return [str(Path(sys.executable).with_name(name))]
        case "python":
            return [sys.executable]
        case "wget":
            # Few systems have it; its last argument is what it asks.
            return [sys.executable, "-c", _ASK]
        case "alertmanager":
            found: str | Path | None = next(filter(None, map(shutil.which, NAMES)), None)
        case _:
            found = shutil.which(name) or databases.binary(name)
    assert found is not None, f"{name} is not installed here"
    return [str(found)]


async def broker(libraries: Path, script: str, said: dict[str, str]) -> list[str]:
    """Prepare a broker's volume as the composition's script does, and return what runs it."""
    words = shlex.split(script.replace("\\\n", " "))
    cluster, file = (words[words.index(key) + 1] for key in ("--cluster-id", "--config"))
    await kafka.prepare(libraries, Path(file), cluster, "--ignore-formatted")
    return kafka.command(libraries, Path(file), *said["KAFKA_HEAP_OPTS"].split())


async def database(volume: Path, said: dict[str, str], address: str) -> list[str]:
    """Prepare an empty volume as PostgreSQL's image does, and return what runs the server."""
    if not any(volume.iterdir()):
        secret = volume.with_name("password")
        secret.write_text(said["POSTGRES_PASSWORD"])
        who = databases.owner() or {}
        if who:
            os.chown(volume, who["user"], who["group"])
        make = [str(databases.binary("initdb")), "-D", str(volume / "data"), "--no-sync"]
        make += ["-U", said["POSTGRES_USER"], "-A", "scram-sha-256", f"--pwfile={secret}"]
        process = await asyncio.create_subprocess_exec(
            *make, *said["POSTGRES_INITDB_ARGS"].split(),
            cwd=volume, stdout=asyncio.subprocess.DEVNULL, **who,
        )  # fmt: skip
        assert await process.wait() == 0
    return databases.guarded(databases.command(volume, 5432, listen_addresses=address))


async def first_database(said: dict[str, str], address: str) -> None:
    """Make the database that PostgreSQL's image makes, if it is not there."""
    connection = await psycopg.AsyncConnection.connect(
        host=address, dbname="postgres", user=said["POSTGRES_USER"],
        password=said["POSTGRES_PASSWORD"], autocommit=True,
    )  # fmt: skip
    async with connection:
        asked = "SELECT FROM pg_database WHERE datname = %s"
        if not (await connection.execute(asked, [said["POSTGRES_DB"]])).rowcount:
            await connection.execute(f"CREATE DATABASE {said['POSTGRES_DB']}".encode())
