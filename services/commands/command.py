"""Writes an operator's word on two incidents to ``commands``, where they count."""

from dataclasses import dataclass
from typing import Literal

from schemas.command import LinkCommand
from schemas.topics import OBSERVATIONS
from services import clients
from services.commands.sending import send
from services.commands.standing import common, standings
from services.log import reader
from services.progress import progress
from services.settings import Settings
from services.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Word:
    """What an operator says of two incidents."""

    kind: Literal["link", "unlink"]
    incidents: tuple[str, str]
    author: str
    note: str | None


async def say(settings: Settings, word: Word, screen: Terminal) -> LinkCommand:
    """Write the command, and return it once the broker has it.

    Raises
    ------
    NotLinkable
        The incidents do not count on one segment and day.
    """
    async with reader(settings.kafka) as log:
        ends = await log.ends(OBSERVATIONS)
        with progress(screen) as bar:
            task = bar.add_task("looking where they count", total=sum(ends.values()))
            found = await standings(
                log.read(OBSERVATIONS, ends), word.incidents, lambda n: bar.advance(task, n)
            )
    where = common(word.incidents, found)
    command = LinkCommand(
        kind=word.kind,
        segment_id=where.segment_id,
        traffic=where.traffic,
        author=word.author,
        note=word.note,
        day=where.day,
        incident_id=word.incidents[0],
        corroborates=word.incidents[1],
    )
    async with clients.producer(settings.kafka) as producer:
        await send(producer, settings.kafka, command)
    return command
