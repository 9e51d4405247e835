"""Keeps the local stack running until Ctrl-C."""

import asyncio

from rich.console import Console

from services.local.broker import BrokerKind
from services.local.stack import stack
from services.settings import Settings


async def run(settings: Settings, broker: BrokerKind | None, console: Console) -> None:
    """Start the stack, say how to reach it, and wait."""

    def say(line: str) -> None:
        console.print(f"  {line}", style="dim", highlight=False, soft_wrap=True)

    async with stack(settings, broker, say, ledger=True) as running:
        borders = ", ".join(settings.borders or ()) or "all land borders of the world"
        servers = running.settings.kafka.bootstrap_servers
        lines = [
            f"[bold]{running.broker.description}[/]",
            f"Watching {borders}; Kafka at {servers}.",
            "Report incidents: produce CloudEvents to the topic 'incidents', key = incident id, or",
            "  .venv/bin/forewarn import ucdp FILE",
            "Follow the alerts:  .venv/bin/forewarn topics tail alerts",
            "Ask what was known when:  .venv/bin/forewarn history KGZ-TJK",
            "Ctrl-C stops everything that this command started.",
        ]
        console.print("\n".join(lines), highlight=False, soft_wrap=True)
        await running.while_it_works(asyncio.Event().wait())
