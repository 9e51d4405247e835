"""What ``forewarn alerts`` does: reads the log, writes commands, prints what came of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from schemas.alert import Alert
from schemas.command import AnyCommand
from schemas.incident import Traffic
from schemas.topics import ALERTS, COMMANDS, Topic
from schemas.versions import decode
from services.alerts import answer, board, screen
from services.alerts.board import Choice
from services.ledger.answers import Episode
from services.log import reader
from services.progress import progress
from services.settings import Settings

Made = Callable[[Episode], AnyCommand]
"""Makes a command on an alert."""


async def listed(settings: Settings, choice: Choice, out: Console, errors: Console) -> None:
    """Print the alerts of a choice."""
    screen.alerts(out, [e for e in await _episodes(settings, errors) if choice.matches(e)])


async def shown(
    settings: Settings, name: str, traffic: Traffic, out: Console, errors: Console
) -> None:
    """Print all that is known of an alert: why, and what has been said of it."""
    told = board.named(name, await _episodes(settings, errors), traffic)
    screen.alert(out, told, _on(told, await _all(settings, COMMANDS, errors)))


async def history(
    settings: Settings, name: str, traffic: Traffic, out: Console, errors: Console
) -> None:
    """Print the transitions of an alert and the commands on it, in order of their time."""
    told = board.named(name, await _episodes(settings, errors), traffic)
    screen.history(out, told, _on(told, await _all(settings, COMMANDS, errors)))


async def silences(settings: Settings, out: Console, errors: Console) -> None:
    """Print the silences that are in force or to come."""
    said = [command for _, command in await _all(settings, COMMANDS, errors)]
    screen.silences(out, board.in_force(said, datetime.now(UTC)))


async def on_alert(
    settings: Settings, name: str, traffic: Traffic, made: Made, out: Console, errors: Console
) -> None:
    """Say a command on an alert, and print what came of it."""
    told = board.named(name, await _episodes(settings, errors), traffic)
    await say(settings, made(told), out)


async def say(settings: Settings, command: AnyCommand, out: Console) -> None:
    """Say a command, and print what came of it."""
    screen.transitions(out, command, await answer.say(settings.kafka, command))


async def _episodes(settings: Settings, errors: Console) -> list[Episode]:
    told: list[Alert] = [event.data for _, event in await _all(settings, ALERTS, errors)]
    return board.episodes(told)


async def _all(settings: Settings, topic: Topic, errors: Console) -> list[tuple[datetime, Any]]:
    """Return what stands in a topic, with its record times, in order of these."""
    found: list[tuple[datetime, Any]] = []
    async with reader(settings.kafka) as log:
        ends = await log.ends(topic)
        with progress(errors) as bar:
            task = bar.add_task(f"reading {topic.name}", total=sum(ends.values()))
            async for batch in log.read(topic, ends):
                found += [
                    (r.at, said) for r in batch if (said := _read(topic, r.value)) is not None
                ]
                bar.advance(task, len(batch))
    return sorted(found, key=lambda one: one[0])


def _read(topic: Topic, value: bytes | None) -> Any:
    """Return what a record says; None where it cannot be read, which the worker has rejected."""
    try:
        return decode(topic, value or b"")
    except ValueError:
        return None


def _on(told: Episode, commands: list[tuple[datetime, Any]]) -> list[tuple[datetime, AnyCommand]]:
    """Return the commands on an alert."""
    return [(at, c) for at, c in commands if getattr(c, "alert_id", None) == told.alert_id]
