"""What the local stack runs beside the worker: ledger, gateway, the notifier where it is set up."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services import clients
from services.local.broker import Say
from services.local.environment import measured
from services.local.process import NotReady, child, tail_of
from services.settings import Settings

FOLLOWING_S = 180.0
"""How long one of them may take until it does its work [s], on a small machine that is busy."""

_SERVING = re.compile(r"serving (http://\S+)")

NOBODY = (
    "started no notifier, so nobody is told of alerts: write who is, as docs/notifying.md shows, "
    "and name the file: FOREWARN_NOTIFIER__CONFIG=notifier.toml"
)
"""What is said where no notifier is configured."""

NO_CONSOLE = (
    "started no gateway, so there is no console: Tansu does not number its producers, without "
    "which the gateway would write some reports twice; Apache Kafka does, with Java 17 and Maven"
)
"""What is said on a broker that the gateway cannot write to."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A process that the stack runs beside the worker, and where its log is."""

    process: asyncio.subprocess.Process
    log: Path


@asynccontextmanager
async def ledger(
    settings: Settings, env: dict[str, str], say: Say, *, forgets: bool
) -> AsyncIterator[Beside | None]:
    """Fill the read model for as long as the context lasts.

    Parameters
    ----------
    forgets
        Whether the broker begins with an empty log each time: a ledger of before would wait for
        what never comes.
    """
    arguments = ["ledger", "run"]
    if forgets:
        if settings.ledger.url is not None:
            say(
                "started no ledger: this broker forgets its log, the database of the settings "
                "must not"
            )
            yield None
            return
        arguments.append("--afresh")
    async with _command("ledger", arguments, settings, env) as found:
        say(f"started the ledger, process {found.process.pid}, log in {found.log}")
        yield found


def check_notifier(settings: Settings) -> None:
    """Refuse a configuration of the notifier that it would refuse at its start."""
    if settings.notifier.config is not None:
        from services.notifier import command

        command.ready(settings)


@asynccontextmanager
async def notifier(
    settings: Settings, env: dict[str, str], say: Say, *, forgets: bool
) -> AsyncIterator[Beside | None]:
    """Tell whom the configuration names for as long as the context lasts; None: it names nobody.

    Parameters
    ----------
    forgets
        Whether the broker begins with an empty log each time.
    """
    if settings.notifier.config is None:
        say(NOBODY)
        yield None
        return
    arguments = ["notifier", "run"]
    if forgets:
        if settings.notifier.url is not None:
            say(
                "started no notifier: this broker forgets its log, the database of the settings "
                "must not; unset FOREWARN_NOTIFIER__URL to be told here"
            )
            yield None
            return
        arguments.append("--afresh")
    async with _command("notifier", arguments, settings, env) as found:
        say(f"started the notifier, process {found.process.pid}, log in {found.log}")
        yield found


async def following(found: Beside) -> None:
    """Return once the notifier has noted its place: what comes from then on is told.

    Raises
    ------
    NotReady
        It did not in time: with the end of its log.
    """
    from services.notifier.service import FOLLOWING

    await _told(found, re.compile(re.escape(FOLLOWING)), "the notifier followed no alerts")


@asynccontextmanager
async def gateway(settings: Settings, env: dict[str, str], say: Say) -> AsyncIterator[Beside]:
    """Serve the console and the API, at a free port where that of the settings is taken."""
    at = settings.gateway
    taken = at.port != 0 and await clients.accepts(at.host, at.port) is None
    if taken:
        say(f"port {at.port} is taken: the gateway serves at a free one")
    port = {"FOREWARN_GATEWAY__PORT": "0"} if taken else {}
    async with _command("gateway", ["gateway", "run"], settings, env | port) as found:
        say(f"started the gateway, process {found.process.pid}, log in {found.log}")
        yield found


async def serving(found: Beside) -> str:
    """Return where the gateway serves, once it does.

    Raises
    ------
    NotReady
        It did not in time: with the end of its log.
    """
    return (await _told(found, _SERVING, "the gateway did not serve"))[1]


async def _told(found: Beside, awaited: re.Pattern[str], failure: str) -> re.Match[str]:
    """Return where the log of a process says what is waited for, once it does."""
    try:
        async with asyncio.timeout(FOLLOWING_S):
            while not (told := awaited.search(found.log.read_text(errors="replace"))):
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        msg = f"{failure} within {FOLLOWING_S:.0f} s; {tail_of(found.log)}"
        raise NotReady(msg) from error
    return told


@asynccontextmanager
async def _command(
    name: str, arguments: list[str], settings: Settings, env: dict[str, str]
) -> AsyncIterator[Beside]:
    log = settings.data_dir / f"{name}.log"
    log.unlink(missing_ok=True)
    own = measured(settings, env, name)
    async with child([sys.executable, "-m", "services.cli", *arguments], log, own) as process:
        yield Beside(process, log)
