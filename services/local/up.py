"""Keeps the local stack running until Ctrl-C."""

import asyncio

from rich.text import Text

from services import borders
from services.local.broker import BrokerKind
from services.local.environment import PORTS
from services.local.running import Running
from services.local.stack import stack
from services.reach import program
from services.settings import Settings
from services.terminal import Terminal


async def run(settings: Settings, broker: BrokerKind | None, console: Terminal) -> None:
    """Start the stack, say how to reach it, and wait.

    Raises
    ------
    UnknownBorder
        The settings name a border that is not in the table; nothing is then started.
    """
    borders.check(settings.borders)

    def say(line: str) -> None:
        console.say(f"  {line}", style="dim")

    async with stack(settings, broker, say, ledger=True, notifier=True, gateway=True) as running:
        console.say(Text.from_markup("\n".join(_introduction(running))))
        await running.while_it_works(asyncio.Event().wait())


def _introduction(running: Running) -> list[str]:
    settings = running.settings
    watched = ", ".join(settings.borders or ()) or "all land borders of the world"
    return [
        f"[bold]{running.broker.description}[/]",
        f"Watching {watched}; Kafka at {settings.kafka.bootstrap_servers}.",
        *(f"[bold]{line}[/]" for line in console(running)),
        f"Report incidents:   {program()} publish FILE",
        f"Follow the alerts:  {program()} topics tail alerts",
        f"What was known when: {program()} history {(settings.borders or ('KGZ-TJK',))[0]}",
        *_telling(running),
        *_measured(settings),
        "Ctrl-C stops everything that this command started.",
    ]


def console(running: Running) -> list[str]:
    """Return the line that says where to look, as it stands."""
    if running.address is None:
        return []
    return [f"Look at it in a browser: {running.address}/console/"]


def _measured(settings: Settings) -> list[str]:
    first = settings.metrics.port
    if first is None:
        return []
    at = (f"{name} {first + number}" for number, name in enumerate(PORTS))
    return [f"Metrics at {settings.metrics.host}, ports: {', '.join(at)}"]


def _telling(running: Running) -> list[str]:
    if running.notifier is None:
        return []
    return [f"Whom alerts are told: {program()} notifier check, notifier pending"]
