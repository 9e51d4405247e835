"""Let the service work for an hour under load with kills at random: memory flat, lag not growing.

Reports of some thousand incidents of the last two years come in steadily over Kafka, and then their
revisions, so that what is to be remembered does not grow: each says another time, some another
place. Beside them stories over HTTP that raise alerts. Every two minutes one process is killed.
Exit code 0 only if memory and lag end where they were, and nothing is unseen, counted twice or
different.
"""

import argparse
import asyncio
import itertools
import json
import logging
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeVar

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.topics import INCIDENTS
from services import clients, records, topics
from services.borders import load_segments
from services.clients import Unreachable
from services.running import run
from tests.builders import raw, report
from tests.fault.judging import Findings, Told, judge
from tests.fault.keeping import behind, kept, settle
from tests.fault.load import Load
from tests.fault.results import keep_soak
from tests.fault.system import System, machines, system

LOOK_S = 15.0
"""How often memory and lag are looked at [s]."""

KILL_S = 120.0
"""How often a process is killed [s]: each lives for ten minutes on average, and so may grow."""

BORDERS = "KGZ-TJK,KGZ-UZB,TJK-UZB"
"""Those of the Ferghana Valley."""

INCIDENTS_TOLD = 20_000
"""How many incidents are reported; what comes after that revises them."""

MOVED = 0.1
"""The share of revisions that say another place and day; the others say another hour of the day."""

CATCHES_UP_S = 1_800.0
"""How long the service may take in the end until nothing waits any more [s]."""

SETTLED_S = 60.0
"""From which age on a process's memory is looked at [s]."""

T = TypeVar("T")

GROWS = 1.2
"""By how much a later median of memory may exceed an earlier one: more is growth."""

LEFT = 2_000
"""How many more records may wait at the best moment of a later quarter: more is growth."""


@dataclass
class Course:
    """What was seen, every ``LOOK_S``.

    Attributes
    ----------
    kills
        How many processes were killed.
    lag
        Records that the workers have not done.
    memory
        Resident memory of each process [MB], of those that had run for a minute.
    """

    kills: int = 0
    lag: list[int] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def growing(self) -> list[str]:
        """Return what grows: the last quarter against the second."""
        found = [f"memory of {name}" for name, seen in self.memory.items() if _grows(seen, 50)]
        # Each kill leaves something to be caught up with: what counts is that it still is.
        caught_up = [min(part, default=0) for part in _quarters(self.lag)]
        behind = caught_up[-1] > caught_up[1] + LEFT
        return found + ["the workers' lag"] * behind


def _grows(seen: list[float], least: float) -> bool:
    """Tell whether the last quarter lies above the second, by more than chance and ``least``."""
    before, after = (median(part or [0.0]) for part in (_quarters(seen)[1], _quarters(seen)[-1]))
    return after > GROWS * before and after > before + least


class Steady:
    """Reports at one rate, written by Kafka's own client, and which are acknowledged."""

    def __init__(self, here: System, rate: float, told: Told, dice: Random) -> None:
        self._here, self._rate, self._told, self._dice = here, rate, told, dice
        self._points = [
            (line[len(line) // 2][1], line[len(line) // 2][0])
            for segment in load_segments(here.settings.borders, here.settings.segment_km)
            for line in segment.lines
        ]

    async def run(self) -> None:
        """Publish until cancelled."""
        left = self._reports()
        while True:
            with suppress(Unreachable, KafkaError):
                async with clients.producer(
                    self._here.settings.kafka, linger_ms=20, enable_idempotence=True
                ) as producer:
                    await self._publish(producer, left)

    async def _publish(
        self, producer: AIOKafkaProducer, left: Iterator[tuple[tuple[str, int], bytes]]
    ) -> None:
        name = topics.name(INCIDENTS, self._here.settings.kafka)
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while True:
            while sent < (loop.time() - began) * self._rate:
                ref, value = next(left)
                future = await producer.send(
                    name, value, key=ref[0].encode(), headers=list(records.STRUCTURED)
                )
                future.add_done_callback(lambda done, ref=ref: self._done(done, ref))
                sent += 1
            await asyncio.sleep(0.05)

    def _done(self, future: asyncio.Future[object], ref: tuple[str, int]) -> None:
        if not future.cancelled() and future.exception() is None:
            now = asyncio.get_running_loop().time()
            self._told.acknowledged[ref] = now

    def _reports(self) -> Iterator[tuple[tuple[str, int], bytes]]:
        """Yield report by report, cheaply: whoever makes the load shares the machine with it."""
        envelope = orjson.loads(raw(report()))
        content, place = envelope["data"], envelope["data"]["place"]
        said: dict[str, tuple[tuple[float, float], datetime]] = {}
        for number in itertools.count():
            revision = 1 + number // INCIDENTS_TOLD
            incident_id, now = f"W{number % INCIDENTS_TOLD}", datetime.now(UTC)
            if revision == 1 or self._dice.random() < MOVED:
                day = (now - timedelta(days=self._dice.randint(1, 700))).replace(hour=0)
                said[incident_id] = self._dice.choice(self._points), day
            where, day = said[incident_id]
            start = day + timedelta(hours=self._dice.randint(0, 23))
            envelope |= {"id": f"{incident_id}:{revision}", "time": _told(now)}
            place["latitude"], place["longitude"] = where
            content |= {
                "incident_id": incident_id,
                "revision": revision,
                "status": "reported" if revision == 1 else "confirmed",
                "occurred": {"start": _told(start), "precision": "hour"},
            }
            yield (incident_id, revision), orjson.dumps(envelope)


def _told(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


@dataclass(frozen=True)
class Job:
    """How long [min], how many reports a second, where, and how often a process is killed [s]."""

    minutes: float
    rate: float
    seed: int
    borders: tuple[str, ...] | None
    kill_s: float


async def soak(job: Job, folder: Path) -> bool:
    """Run it; return whether all is as it should be."""
    dice, course = Random(job.seed), Course()
    async with (
        machines(folder / "machines", 1) as found,
        system(found, folder / "system", job.borders) as here,
    ):
        load = Load(here.settings, here.url, 10, dice)
        steady = Steady(here, job.rate, load.told, dice)
        tasks = [
            asyncio.create_task(load.run(2, 0)),
            asyncio.create_task(steady.run()),
            asyncio.create_task(_killing(here, course, job.kill_s, dice)),
            asyncio.create_task(_looking(here, course)),
        ]
        # None of them ends by itself but for a fault of its own.
        done, _ = await asyncio.wait(
            tasks, timeout=60 * job.minutes, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
        load.stop()
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle(here, CATCHES_UP_S)
        findings = judge(load.told, here.poisoned, await kept(here))
    told = figures(job, course, len(load.told.acknowledged), findings)
    print(json.dumps(told))
    for line in findings.all[:20]:
        print(f"wrong: {line}")
    keep_soak(told, job.seed)
    return not findings.all and not course.growing()


def figures(job: Job, course: Course, acknowledged: int, findings: Findings) -> dict[str, Any]:
    """Return what the page shows."""
    return {
        "minutes": job.minutes,
        "rate": job.rate,
        "incidents": INCIDENTS_TOLD,
        "moved": MOVED,
        "borders": ", ".join(job.borders) if job.borders else "all borders",
        "cores": os.cpu_count(),
        "kills": course.kills,
        "kill_s": job.kill_s,
        "acknowledged": acknowledged,
        "lag": [max(part, default=0) for part in _quarters(course.lag)],
        "caught_up": [min(part, default=0) for part in _quarters(course.lag)],
        "memory": {
            name: [round(max(part, default=0)) for part in _quarters(seen)]
            for name, seen in course.memory.items()
        },
        "unseen": len(findings.unseen),
        "duplicated": len(findings.duplicated),
        "differing": len(findings.differing),
        "growing": course.growing(),
    }


def _quarters(seen: list[T]) -> list[list[T]]:
    size = max(1, len(seen) // 4)
    return [seen[at * size : (at + 1) * size] for at in range(3)] + [seen[3 * size :]]


async def _killing(here: System, course: Course, every_s: float, dice: Random) -> None:
    while True:
        await asyncio.sleep(every_s)
        # One that is being started again just now has been killed, or ended, a moment ago.
        process = dice.choice([one for one in here.processes if one.pid is not None])
        await process.end()
        course.kills += 1


async def _looking(here: System, course: Course) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        course.lag.append(await behind(here))
        for process in here.processes:
            if (found := _memory(process.pid)) is not None:
                course.memory[process.name.split()[0]].append(found)
        said = {name: round(seen[-1]) for name, seen in course.memory.items()}
        print(
            f"{datetime.now(UTC):%H:%M:%S} {course.lag[-1]} records behind, {said} MB", flush=True
        )


def _memory(pid: int | None) -> float | None:
    """Return a process's resident memory [MB]; None for one that has run for less than a minute."""
    folder = Path(f"/proc/{pid}")
    try:
        began = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[19])
        up = float(Path("/proc/uptime").read_text().split()[0])
        if up - began / os.sysconf("SC_CLK_TCK") < SETTLED_S:
            return None
        pages = int((folder / "statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fault.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=60, help="how long")
    parser.add_argument("--rate", type=float, default=500, help="reports a second")
    parser.add_argument("--borders", default=BORDERS, help="where; all: all of the world")
    parser.add_argument("--kill-every", type=float, default=KILL_S, help="seconds")
    parser.add_argument("--seed", type=int, default=1, help="of what is left to chance")
    return parser.parse_args()


if __name__ == "__main__":
    options = _options()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="forewarn-soak-"))
    print(f"the logs are in {folder}", file=sys.stderr)
    try:
        named = None if options.borders == "all" else tuple(options.borders.split(","))
        job = Job(options.minutes, options.rate, options.seed, named, options.kill_every)
        fine = run(soak(job, folder))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(not fine)
