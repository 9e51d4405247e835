"""What ``forewarn alerts`` does: reads the log, writes commands, prints what came of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from schemas.alert import Alert
from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.incident import Traffic
from schemas.observation import CommandObservation
from schemas.rejection import Rejection
from schemas.topics import ALERTS, COMMANDS, OBSERVATIONS, REJECTED, Topic
from services.alerts import answer, board, screen
from services.alerts.board import Choice
from services.ledger.answers import Episode
from services.log import reader
from services.progress import progress
from services.records import Delivery
from services.settings import Settings
from services.terminal import Terminal

Made = Callable[[Episode], AnyCommand]
"""Makes a command on an alert."""


async def listed(settings: Settings, choice: Choice, out: Terminal, errors: Terminal) -> None:
    """Print the alerts of a choice."""
    screen.alerts(out, [e for e in await _episodes(settings, errors) if choice.matches(e)])


async def shown(
    settings: Settings, name: str, traffic: Traffic, out: Terminal, errors: Terminal
) -> None:
    """Print all that is known of an alert: why, and what has been said of it."""
    told = board.named(name, await _episodes(settings, errors), traffic)
    screen.alert(out, told, _on(told, await _accepted(settings, errors)))


async def history(
    settings: Settings, name: str, traffic: Traffic, out: Terminal, errors: Terminal
) -> None:
    """Print the transitions of an alert and the commands on it, in order of their time."""
    told = board.named(name, await _episodes(settings, errors), traffic)
    screen.history(out, told, _on(told, await _accepted(settings, errors)))


async def silences(settings: Settings, out: Terminal, errors: Terminal) -> None:
    """Print the silences that are in force or to come."""
    said = [command for _, command in await _accepted(settings, errors)]
    screen.silences(out, board.in_force(said, datetime.now(UTC)))


async def on_alert(
    settings: Settings, name: str, traffic: Traffic, made: Made, out: Terminal, errors: Terminal
) -> None:
    """Say a command on an alert, and print what came of it."""
    told = board.named(name, await _episodes(settings, errors), traffic)
    await say(settings, made(told), out)


async def say(settings: Settings, command: AnyCommand, out: Terminal) -> None:
    """Say a command, and print what came of it."""
    screen.transitions(out, command, await answer.say(settings.kafka, command))


async def _episodes(settings: Settings, errors: Terminal) -> list[Episode]:
    told: list[Alert] = [event.data for _, event in await _all(settings, ALERTS, errors)]
    return board.episodes(told)


async def _all(settings: Settings, topic: Topic, errors: Terminal) -> list[tuple[Delivery, Any]]:
    """Return the records of a topic that can be read, and what each says, by partition."""
    found: list[tuple[Delivery, Any]] = []
    async with reader(settings.kafka) as log:
        ends = await log.ends(topic)
        with progress(errors) as bar:
            task = bar.add_task(f"reading {topic.name}", total=sum(ends.values()))
            async for batch in log.read(topic, ends):
                told = ((record, board.read(topic, record.value)) for record in batch)
                found += [(record, said) for record, said in told if said is not None]
                bar.advance(task, len(batch))
    return found


async def _accepted(settings: Settings, errors: Terminal) -> list[tuple[datetime, AnyCommand]]:
    """Return the commands that no worker has refused, each segment's in the order of the log."""
    rejections = [said for _, said in await _all(settings, REJECTED, errors)]
    refused = {said.record for said in rejections} | set(map(_answered, rejections))
    said = await _all(settings, COMMANDS, errors)
    return [(record.at, command) for record, command in said if record.ref not in refused]


def _answered(said: Rejection) -> RecordRef | None:
    """Return the command that a rejection of its observation answers."""
    if said.record.topic != OBSERVATIONS.name:
        return None
    observed = board.read(OBSERVATIONS, said.value)
    return observed.cause if isinstance(observed, CommandObservation) else None


def _on(told: Episode, commands: list[tuple[datetime, Any]]) -> list[tuple[datetime, AnyCommand]]:
    """Return the commands on an alert."""
    return [(at, c) for at, c in commands if getattr(c, "alert_id", None) == told.alert_id]
