"""Waits until the service has caught up, and reads all that it keeps and told."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import orjson
import psycopg
from sqlalchemy import URL, make_url

from schemas.observation import AssertObservation, RetractObservation
from schemas.topics import ALERTS, DELIVERIES, INCIDENTS, OBSERVATIONS, REJECTED, TOPICS, Topic
from schemas.versions import decode
from services.local.environment import environment
from services.log import Reader, reader
from services.records import Delivery
from services.settings import Settings
from services.truth import group
from tests.fault.judging import AlertRef, Counted, Kept
from tests.fault.system import System

SETTLES_S = 420.0
"""How long it may take until all is told [s]: a receiver that failed twice is asked again after
five minutes."""


async def settle(system: System, within: float = SETTLES_S) -> None:
    """Return once nothing more follows from what is in the log; each of it ``within`` so long."""
    await system.ready()
    await system.until(lambda: _done(system), "the workers are done", within)
    await system.until(lambda: _filled(system), "the ledger is filled", within)
    await system.until(lambda: _told(system), "all is told", within, every=1.0)


async def kept(system: System) -> Kept:
    """Return everything that the service keeps, and what came to the receiver."""
    settings = system.direct
    async with reader(settings.kafka) as log:
        alerts = [_alert(record.value or b"") async for record in _records(log, ALERTS)]
        return Kept(
            log=await _last_revisions(log),
            ledger=await asyncio.to_thread(_ledger_revisions, settings),
            observations=[one async for one in _observations(log)],
            alerts=alerts,
            ledger_alerts=await asyncio.to_thread(_ledger_alerts, settings),
            delivered=frozenset([ref async for ref in _delivered(log)]),
            posted=list(system.desk.posted),
            rejected=frozenset([place async for place in _rejected(log)]),
            differences=await _verified(system),
        )


async def _done(system: System) -> bool:
    return await behind(system) == 0


async def behind(system: System) -> int:
    """Return how many records the workers have not done."""
    kafka = system.direct.kafka
    done = await group.committed(kafka, system.settings.worker.group)
    found = 0
    async with reader(kafka) as log:
        for topic in group.READ:
            ends = await log.ends(topic)
            found += sum(end - done.get(topic.name, {}).get(n, 0) for n, end in ends.items())
    return found


async def _filled(system: System) -> bool:
    """Tell whether the ledger has read all that there is but deliveries, which go on for long."""
    async with reader(system.direct.kafka) as log:
        ends = {t.name: await log.ends(t) for t in TOPICS if t is not DELIVERIES}
    rows = await asyncio.to_thread(
        _query, _url(system.direct), "SELECT topic, partition, next_offset FROM offsets"
    )
    at = {(topic, partition): offset for topic, partition, offset in rows}
    return all(
        at.get((name, partition), 0) >= end
        for name, found in ends.items()
        for partition, end in found.items()
        if end
    )


async def _told(system: System) -> bool:
    """Tell whether every transition in the log stands among the deliveries."""
    async with reader(system.direct.kafka) as log:
        written = {_alert(r.value or b"")[0] async for r in _records(log, ALERTS)}
        return written <= {ref async for ref in _delivered(log)}


async def _records(log: Reader, topic: Topic) -> AsyncIterator[Delivery]:
    async for batch in log.read(topic, await log.ends(topic)):
        for record in batch:
            yield record


async def _last_revisions(log: Reader) -> dict[str, int]:
    found: dict[str, int] = {}
    async for record in _records(log, INCIDENTS):
        try:
            content = orjson.loads(record.value or b"")["data"]
            incident_id, revision = str(content["incident_id"]), int(content["revision"])
        except (ValueError, KeyError, TypeError):
            # A faulty one, put there on purpose.
            continue
        found[incident_id] = max(revision, found.get(incident_id, 0))
    return found


async def _observations(log: Reader) -> AsyncIterator[Counted]:
    async for record in _records(log, OBSERVATIONS):
        one = decode(OBSERVATIONS, record.value or b"")
        if isinstance(one, AssertObservation | RetractObservation):
            counts = isinstance(one, AssertObservation)
            yield Counted(
                f"{one.segment_id} {one.traffic}",
                (one.effect if isinstance(one, AssertObservation) else one.replaces).incident_id,
                counts,
                one.replaces is not None,
                (one.cause.partition, one.cause.offset),
            )


async def _rejected(log: Reader) -> AsyncIterator[tuple[int, int]]:
    async for record in _records(log, REJECTED):
        place = orjson.loads(record.value or b"")["record"]
        if place["topic"] == INCIDENTS.name:
            yield place["partition"], place["offset"]


async def _delivered(log: Reader) -> AsyncIterator[AlertRef]:
    async for record in _records(log, DELIVERIES):
        content = orjson.loads(record.value or b"")
        if content["outcome"] == "delivered":
            for ref in content["alerts"]:
                yield ref["alert_id"], ref["sequence"]


def _alert(value: bytes) -> tuple[AlertRef, bytes]:
    content = orjson.loads(value)["data"]
    return (content["alert_id"], content["sequence"]), value


async def _verified(system: System) -> list[str]:
    """Return what ``forewarn verify`` finds, by the build that the workers are of."""
    env = os.environ | environment(system.direct)
    env |= {k: v for k, v in (system.workers[0].env or {}).items() if k == "FAULT_VERSION"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fault.worker", "verify"),
        env=env | {"COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return [] if process.returncode == 0 else said.decode().splitlines()


def _ledger_revisions(settings: Settings) -> dict[str, int]:
    rows = _query(
        _url(settings), "SELECT incident_id, max(revision) FROM incidents GROUP BY incident_id"
    )
    return dict(rows)


def _ledger_alerts(settings: Settings) -> frozenset[AlertRef]:
    return frozenset(_query(_url(settings), "SELECT alert_id, sequence FROM alerts"))


def _url(settings: Settings) -> URL:
    assert settings.ledger.url is not None
    return make_url(settings.ledger.url.get_secret_value())


def _query(url: URL, query: str) -> list[Any]:
    with psycopg.connect(
        host=url.host, port=url.port, user=url.username, dbname=url.database
    ) as connection:
        return connection.execute(query.encode()).fetchall()
