"""Whether the ports are free, or taken by Forewarn itself."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from services import clients
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, not_applicable, ok, together, warning
from services.local.environment import PORTS

ANSWER_S = 3.0
"""How long whoever has a port may take to say who it is [s]."""

_BUILD = re.compile(r'^forewarn_build_info\{.*?process="([^"]+)"', re.M)


Who = Callable[[aiohttp.ClientSession], Awaitable[tuple[str | None, str | None]]]
"""Asks what of Forewarn answers, if any, and why it is not ready, if so."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port, and who has it.

    Parameters
    ----------
    by
        What of Forewarn answers there; None: nothing of it does.
    unready
        Why that is not ready for its work; None: it is.
    refused
        Why nobody may listen there; None: whoever has it now, or it is free.
    taken
        Whether somebody listens there.
    """

    at: str
    by: str | None = None
    unready: str | None = None
    refused: str | None = None
    taken: bool = False


async def metrics(case: Case) -> Finding:
    """Look at the port of the settings, and at the next ones, which a local stack takes."""
    told = case.settings.metrics
    if told.port is None:
        advice = "to let Prometheus watch: set FOREWARN_METRICS__PORT"
        return not_applicable("no process tells of itself", advice)
    numbers = [n for n in range(told.port, told.port + len(PORTS)) if n < 65_536]
    first, *others = await asyncio.gather(*(_port(told.host, n, _process) for n in numbers))
    return judge(first, others, "FOREWARN_METRICS__PORT")


async def gateway(case: Case) -> Finding:
    """Look at the port at which the gateway serves or will."""
    told = case.settings.gateway
    if told.port == 0:
        return ok("any free one")
    return judge(await _port(told.host, told.port, _gateway), [], "FOREWARN_GATEWAY__PORT")


def judge(port: Port, next_ones: list[Port], variable: str) -> Finding:
    """Return whether a port is to be had; a lone process needs none of the ``next_ones``."""
    faults = []
    for one in (port, *next_ones):
        if one.unready is not None:
            advice = "see docs/runbooks.md, ForewarnProcessNotReady"
            faults.append(warning(f"{one.at}: {one.by}, {one.unready}", advice))
        why = one.refused or ("another program has it" if one.taken and not one.by else None)
        if why is not None:
            say = failed if one is port else warning
            whom = "" if one is port else ", where a local stack would want it"
            faults.append(say(f"{one.at}: {why}{whom}", f"end it, or set another {variable}"))
    return together(faults, ", ".join(f"{p.at}: {p.by or 'free'}" for p in (port, *next_ones)))


async def _port(host: str, number: int, who: Who) -> Port:
    # What listens everywhere is found on loopback.
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    at = f"{host}:{number}"
    if await clients.accepts(asked, number) is None:
        url = f"http://{f'[{asked}]' if ':' in asked else asked}:{number}"
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        try:
            async with aiohttp.ClientSession(url, timeout=timeout) as session:
                by, unready = await who(session)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            by, unready = None, None
        return Port(at, by, unready, taken=True)
    return Port(at, refused=await aside(lambda: _refused(host, number)))


async def _process(session: aiohttp.ClientSession) -> tuple[str | None, str | None]:
    async with session.get("/metrics") as answer:
        found = _BUILD.search(await answer.text())
    if found is None:
        return None, None
    async with session.get("/readyz") as answer:
        return found[1], None if answer.status == 200 else (await answer.text()).strip()[:200]


async def _gateway(session: aiohttp.ClientSession) -> tuple[str | None, str | None]:
    async with session.get("/healthz") as answer:
        if answer.status != 200 or await answer.json() != {"status": "ok"}:
            return None, None
    async with session.get("/readyz") as answer:
        return "gateway", None if answer.status == 200 else "not ready: a database does not answer"


def _refused(host: str, number: int) -> str | None:
    """Return why nobody may listen there, or None: by listening for a moment, to nobody."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Connections that have just ended do not count, as for a server.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except OSError as error:
        return error.strerror or str(error)
    return None
