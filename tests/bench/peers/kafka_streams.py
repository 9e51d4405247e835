"""Kafka Streams as a process of Java, built by Maven from the folder beside this one."""

import asyncio
import json
import shutil
from pathlib import Path

from services.local.broker import tools
from services.local.process import child, said_by, tail_of
from tests.bench.job import Job, Measured, now, startup

PROJECT = Path(__file__).parents[1] / "kafka_streams"

COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


def missing() -> str | None:
    """Say what Kafka Streams lacks on this machine, or None."""
    if lacking := tools().missing:
        return lacking
    return None if shutil.which("javac") else "a Java compiler (package openjdk-17-jdk-headless)"


def number(value: bytes) -> int:
    """Return a count as Kafka Streams writes it."""
    return int.from_bytes(value, "big")


def state(job: Job) -> Measured:
    """Decode each record and count it in a store under its key."""
    return asyncio.run(_state(job))


async def _state(job: Job) -> Measured:
    target = Path(job.cache, "kafka-streams")
    await _build(target)
    result, log, began = Path(job.folder, "streams.json"), Path(job.folder, "streams.log"), now()
    command = [
        *("java", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
        *("-cp", f"{target / 'classes'}:{target / 'lib'}/*", "bench.Count"),
        *(job.bootstrap, job.run, job.segments, str(job.records), job.folder, str(result)),
    ]
    async with child(command, log) as java:
        if await java.wait():
            raise RuntimeError(tail_of(log))
    said = json.loads(result.read_text())
    partitions = {f"partition_{p}": n for p, n in enumerate(said["partitions"])}
    return Measured(
        values={
            "kept_per_s": said["records"] / said["kept"],
            "per_s": said["records"] / said["seconds"],
        },
        seen={"records": said["records"], "checksum": said["checksum"], **partitions},
        startup_s=startup(began + said["startup"]),
        rss_mb=said["rss_mb"],
    )


async def _build(target: Path) -> None:
    """Compile the project and bring its libraries into ``target``, unless that is done."""
    done = target / ".complete"
    newest = max(path.stat().st_mtime for path in PROJECT.rglob("*") if path.is_file())
    if done.exists() and done.stat().st_mtime >= newest:
        return
    command = [
        *("mvn", "-q", "-B", "-f", str(PROJECT / "pom.xml"), f"-Dbench.target={target.resolve()}"),
        *("compile", f"{COPY}:copy-dependencies", "-DincludeScope=runtime"),
        f"-DoutputDirectory={(target / 'lib').resolve()}",
    ]
    code, said = await said_by(command)
    if code:
        msg = f"Maven could not build Kafka Streams: {said[-1_000:]}"
        raise RuntimeError(msg)
    done.touch()
