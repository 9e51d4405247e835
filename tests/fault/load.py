"""Publishers with known reports, over HTTP and over Kafka, and what they were told of each."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
from aiokafka.errors import KafkaError

from schemas.incident import IncidentReport, IncidentRetraction
from schemas.topics import INCIDENTS
from services import clients, records, topics
from services.clients import Unreachable
from services.settings import Settings
from tests.builders import event, raw, report, retraction
from tests.fault.judging import Told

PLACES = (
    (39.94, 69.56), (40.03, 70.55), (39.86, 70.84), (39.5, 69.9), (40.24, 69.62), (39.96, 70.52),
    (40.06, 70.86), (39.66, 70.96), (39.53, 70.45), (39.38, 71.77), (39.45, 72.9), (39.34, 73.6),
)  # fmt: skip
"""Along the Kyrgyz-Tajik border."""

STORY: tuple[tuple[str, str, int | None], ...] = (
    ("Strategic developments", "Road blockade", None),
    ("Riots", "Mob violence", None),
    ("Battles", "Armed clash", 0),
    ("Battles", "Armed clash", 2),
    ("Explosions/Remote violence", "Shelling/artillery/missile attack", 7),
)
"""How a story goes at its place: from stones to shells."""

Content = IncidentReport | IncidentRetraction


class Load:
    """Stories told one after the other by some publishers, each report until it is acknowledged.

    Parameters
    ----------
    rate
        Reports a second that all publishers together try to send.
    """

    def __init__(self, settings: Settings, url: str, rate: float, dice: Random) -> None:
        self.told = Told()
        self._settings, self._url, self._rate, self._dice = settings, url, rate, dice
        self._stories = itertools.count()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let each publisher end once what it has in hand is acknowledged."""
        self._stopping.set()

    async def run(self, over_http: int, over_kafka: int) -> None:
        """Publish until told to stop."""
        pause = (over_http + over_kafka) / self._rate
        async with asyncio.TaskGroup() as tasks:
            for _ in range(over_http):
                tasks.create_task(self._over_http(pause))
            for _ in range(over_kafka):
                tasks.create_task(self._over_kafka(pause))

    async def _over_http(self, pause: float) -> None:
        limits = httpx.Limits(keepalive_expiry=2)
        async with httpx.AsyncClient(limits=limits, timeout=20) as client:
            while not self._stopping.is_set():
                for content in self._story():
                    await self._insist(client, content)
                    await asyncio.sleep(pause)

    async def _insist(self, client: httpx.AsyncClient, content: Content) -> None:
        """Send a report until it is accepted."""
        while True:
            try:
                answer = await client.post(
                    f"{self._url}/v1/incidents",
                    content=raw(content),
                    headers={"content-type": "application/cloudevents+json"},
                )
            except httpx.TransportError as error:
                self.told.answers[type(error).__name__] += 1
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 202:
                self._acknowledged(content)
                return
            self.told.answers[str(answer.status_code)] += 1
            if answer.status_code < 500 and answer.status_code != 429:
                self.told.refused.append(f"{content.incident_id}: {answer.text[:300]}")
                return
            await asyncio.sleep(0.2)

    async def _over_kafka(self, pause: float) -> None:
        """Publish with Kafka's own client, which also tries again by itself."""
        name = topics.name(INCIDENTS, self._settings.kafka)
        left: Iterator[Content] = iter(())
        content = None
        while not self._stopping.is_set() or content is not None:
            try:
                async with clients.producer(self._settings.kafka) as producer:
                    while not self._stopping.is_set() or content is not None:
                        content = content or next(left, None)
                        if content is None:
                            left = self._story()
                            continue
                        record = records.incident(event(content, _now()))
                        headers = list(record.headers)
                        await producer.send_and_wait(
                            name, record.value, record.key, headers=headers
                        )
                        self._acknowledged(content)
                        content = None
                        await asyncio.sleep(pause)
            except (Unreachable, KafkaError) as error:
                self.told.answers[type(error).__name__] += 1
                await asyncio.sleep(0.2)

    def _acknowledged(self, content: Content) -> None:
        now = asyncio.get_running_loop().time()
        self.told.acknowledged[content.incident_id, content.revision] = now
        if isinstance(content, IncidentRetraction):
            self.told.retracted.add(content.incident_id)

    def _story(self) -> Iterator[Content]:
        """Yield reports that grow worse at one place; then corrections, or that none of it was."""
        number, dice = next(self._stories), self._dice
        place, began = dice.choice(PLACES), _now() - timedelta(days=dice.uniform(0, 20))
        told: list[dict[str, Any]] = []
        for n, (kind, sub_kind, deaths) in enumerate(STORY[: dice.randint(2, len(STORY))]):
            told.append(
                {
                    "incident_id": f"S{number}-{n}",
                    "where": place,
                    "start": began + timedelta(hours=n),
                    "event_type": kind,
                    "sub_event_type": sub_kind,
                    "deaths": deaths,
                }
            )
            yield report(**told[-1])
        if dice.random() < 0.3:
            yield report(**told[-1], revision=2, status="confirmed")
        elif dice.random() < 0.6:
            for fields in told:
                yield retraction(incident_id=fields["incident_id"], revision=2)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
