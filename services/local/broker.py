"""A broker for this machine: one that exists, Apache Kafka, or Tansu, whichever there is."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.faults import Fault
from services.local import kafka, tansu
from services.local.folder import held
from services.local.process import Serving

Say = Callable[[str], None]


class BrokerKind(StrEnum):
    """The three ways to have a broker."""

    EXISTING = "existing"
    KAFKA = "kafka"
    TANSU = "tansu"


class NoBroker(Fault):
    """The broker that is asked for cannot run here."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What this machine has: the major version of Java, and Maven."""

    java: int | None
    maven: bool

    @property
    def missing(self) -> str | None:
        """Say what Apache Kafka lacks here, or None when it can run."""
        if self.java is None or self.java < kafka.JAVA:
            found = "none" if self.java is None else str(self.java)
            return f"Java {kafka.JAVA} or newer (found: {found}; package openjdk-17-jre-headless)"
        return None if self.maven else "Maven (package maven)"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that answers; ``serving`` is its process, where it was started here."""

    kind: BrokerKind
    bootstrap: str
    description: str
    serving: Serving | None = None


def tools() -> Tools:
    """Look for Java and Maven."""
    java = shutil.which("java")
    # The program is the one that the path of this user leads to.
    command = [java or "", "-version"]
    said = subprocess.run(command, capture_output=True, text=True) if java else None  # noqa: S603
    version = re.search(r'version "(\d+)', said.stderr) if said else None
    return Tools(int(version[1]) if version else None, shutil.which("mvn") is not None)


def choose(found: Tools, bootstrap: str | None, prefer: BrokerKind | None) -> BrokerKind:
    """Return which broker to use.

    Raises
    ------
    NoBroker
        The preferred one cannot run here: what is missing and how to get it.
    """
    if prefer is BrokerKind.EXISTING and not bootstrap:
        raise NoBroker("broker: 'existing' needs FOREWARN_KAFKA__BOOTSTRAP_SERVERS=host:port")
    if prefer is BrokerKind.KAFKA and found.missing:
        msg = f"broker: Apache Kafka cannot run here, it needs {found.missing}; or use tansu"
        raise NoBroker(msg)
    if prefer is not None:
        return prefer
    if bootstrap:
        return BrokerKind.EXISTING
    return BrokerKind.TANSU if found.missing else BrokerKind.KAFKA


@asynccontextmanager
async def local_broker(
    data_dir: Path,
    *,
    bootstrap: str | None,
    prefer: BrokerKind | None,
    say: Say,
    fresh: bool = False,
) -> AsyncIterator[Broker]:
    """Give a broker that answers; stop it at the end if it was started here.

    Parameters
    ----------
    data_dir
        Where its data and log are kept; no other stack may use it meanwhile.
    bootstrap
        host:port of a cluster that exists; nothing is then started.
    fresh
        Empty the folder first.

    Raises
    ------
    NoBroker, NotReady
        It cannot run here, another stack has the folder, or it did not answer in time: with the
        end of its log.
    """
    with held(data_dir, empty=fresh):
        found = await asyncio.to_thread(tools)
        kind = choose(found, bootstrap, prefer)
        libraries = None
        if kind is BrokerKind.KAFKA:
            libraries = await _libraries(say, insist=prefer is not None)
        if kind is BrokerKind.EXISTING:
            yield Broker(kind, str(bootstrap), f"Using the Kafka cluster at {bootstrap}.")
        elif libraries is not None:
            async with kafka.running(libraries, data_dir, say) as serving:
                yield _kafka(serving, data_dir)
        else:
            async with tansu.running(data_dir, say) as serving:
                yield _tansu(serving, found)


async def _libraries(say: Say, *, insist: bool) -> Path | None:
    """Return Kafka's libraries; None where they cannot be had and another broker will do."""
    try:
        return await kafka.libraries(say)
    except kafka.NotResolved as error:
        if insist:
            raise NoBroker(str(error)) from error
        say(f"{error}; using Tansu instead")
        return None


def _kafka(serving: Serving, data_dir: Path) -> Broker:
    says = f"Apache Kafka {kafka.VERSION} runs at {serving.at}; its data is kept in {data_dir}."
    return Broker(BrokerKind.KAFKA, serving.at, says, serving)


def _tansu(serving: Serving, found: Tools) -> Broker:
    why = f" (Apache Kafka would need {found.missing})" if found.missing else ""
    says = (
        f"The Tansu broker runs at {serving.at}; it keeps data in memory only: all is gone when "
        f"it stops{why}."
    )
    return Broker(BrokerKind.TANSU, serving.at, says, serving)
