"""Fakes of both ends: a file of alerts to read, a file to publish to, and channels that record."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from schemas.alert import Alert
from schemas.base import RecordRef
from schemas.segment import Segment
from schemas.topics import ALERTS
from services import records
from services.notifier.notification import (
    Channel,
    Delivered,
    Notification,
    Outcome,
    TryAgain,
)
from services.records import Delivery, Outgoing


@dataclass
class Recording:
    """A channel that remembers what it was given, and answers as it is told to."""

    answer: Callable[[Notification], Outcome] = lambda _notification: Delivered()
    got: list[Notification] = field(default_factory=list)
    closed: bool = False

    async def send(self, notification: Notification) -> Outcome:
        """Remember, and answer."""
        self.got.append(notification)
        return self.answer(notification)

    async def close(self) -> None:
        """Remember that it is over."""
        self.closed = True

    @property
    def shown(self) -> list[list[tuple[str, int]]]:
        """What each notification showed."""
        return [[(a.alert_id, a.sequence) for a in n.alerts] for n in self.got]


class Posting:
    """A channel that posts the id and the alerts as JSON."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def send(self, notification: Notification) -> Outcome:
        """Post; anything but success is tried again."""
        body = {
            "id": notification.notification_id,
            "alerts": [[a.alert_id, a.sequence] for a in notification.alerts],
        }
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._url, json=body) as got,
            ):
                return Delivered() if got.status == 200 else TryAgain(f"status {got.status}")
        except aiohttp.ClientError as error:
            return TryAgain(type(error).__name__)

    async def close(self) -> None:
        """Nothing is held open."""


class PostingWays:
    """Makes posting channels of any configuration that has a ``url``."""

    def read(self, given: Mapping[str, Any], where: str) -> Any:
        """Return the address."""
        return {"where": where, **given}["url"]

    def build(self, config: Any, segments: Mapping[str, Segment]) -> Channel:
        """Return the channel."""
        return Posting(config if segments is not None else "")


class Tape:
    """The alerts in a file, one a line, all of partition 0."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0

    async def ends(self) -> dict[int, int]:
        """Return how many lines there are."""
        return {0: len(self._lines())}

    async def seek(self, offsets: Mapping[int, int]) -> None:
        """Go on from a line."""
        self._at = offsets[0]

    async def collect(self) -> dict[int, list[Delivery]]:
        """Return at most seven further lines."""
        lines = self._lines()[self._at : self._at + 7]
        if not lines:
            await asyncio.sleep(0.02)
            return {}
        found = []
        for number, line in enumerate(lines, self._at):
            alert = ALERTS.value.validate_json(line).data
            ref = RecordRef(topic="alerts", partition=0, offset=number)
            found.append(Delivery(ref, None, line, (), alert.recorded_at))
        self._at += len(lines)
        return {0: found}

    def _lines(self) -> list[bytes]:
        if not self._path.exists():
            return []
        # The last line may still be being written.
        return self._path.read_bytes().split(b"\n")[:-1]


def write(path: Path, *alerts: Alert) -> None:
    """Append alerts to a tape."""
    with path.open("ab") as file:
        for alert in alerts:
            file.write(records.alert(alert).value + b"\n")


class Published:
    """Appends what is published to a file, one a line, or refuses it."""

    def __init__(self, path: Path) -> None:
        self.path, self.refuses = path, False
        self.times: list[datetime] = []

    async def publish(self, record: Outgoing) -> None:
        """Append a record."""
        if self.refuses:
            raise ConnectionError
        self.times.append(record.at)
        with self.path.open("ab") as file:
            file.write(orjson.dumps({"topic": record.topic.name, "value": record.value.decode()}))
            file.write(b"\n")

    def of(self, topic: str) -> list[Any]:
        """Return the values published to a topic."""
        if not self.path.exists():
            return []
        # What a process that was killed wrote last may be half a line.
        whole = self.path.read_bytes().split(b"\n")[:-1]
        found = [orjson.loads(line) for line in whole if line]
        return [orjson.loads(one["value"]) for one in found if one["topic"] == topic]
