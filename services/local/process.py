"""Starts a child process, waits until it answers, and stops exactly that process."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.clients import accepts
from services.faults import Fault

STOP_S = 15.0
"""How long a process may take to end [s] before it is killed."""

READY_S = 60.0
"""How long a broker may take to answer [s]."""

_PR_SET_PDEATHSIG = 1


class NotReady(Fault):
    """A process ended or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A broker's process that answers: where, and where its log is."""

    at: str
    process: asyncio.subprocess.Process
    log: Path


@asynccontextmanager
async def child(
    command: Sequence[str], log: Path, env: dict[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``command`` for as long as the context lasts; its output goes to ``log``.

    It runs in a session of its own, so that Ctrl-C reaches only who started it and stops the
    child in order; should the parent be killed, the kernel ends the child (Linux).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,
        )
    try:
        yield process
    finally:
        await asyncio.shield(_stop(process))


async def said_by(command: Sequence[str]) -> tuple[int, str]:
    """Run ``command`` to its end; return its exit code and all that it wrote.

    Ctrl-C does not reach it, so that it is not taken for having failed by itself; it is stopped
    when this is cancelled.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            await asyncio.shield(_stop(process))
    return process.returncode or 0, said.decode(errors="replace")


async def answering(process: asyncio.subprocess.Process, bootstrap: str, log: Path) -> None:
    """Return once a Kafka client gets an answer at ``bootstrap``.

    Raises
    ------
    NotReady
        The process ended, or did not answer in time: with the end of its log.
    """
    deadline = asyncio.get_running_loop().time() + READY_S
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None:
            msg = f"ended with exit code {process.returncode}; {tail_of(log)}"
            raise NotReady(msg)
        if await _answers(bootstrap):
            return
        await asyncio.sleep(0.1)
    msg = f"no answer at {bootstrap} within {READY_S:.0f} s; {tail_of(log)}"
    raise NotReady(msg)


def tail_of(log: Path, lines: int = 15) -> str:
    """Return the end of a log, introduced by its path."""
    end = "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return f"the end of {log}:\n{end}"


async def _answers(bootstrap: str) -> bool:
    host, port = bootstrap.rsplit(":", 1)
    if await accepts(host, int(port)):
        return False
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        await admin.list_topics()
    except KafkaError:
        return False
    finally:
        await admin.close()
    return True


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _die_with(parent: int) -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # The parent may have ended between the fork and this line.
        if os.getppid() != parent:
            os._exit(1)

    return arrange
