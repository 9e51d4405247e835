"""Runs every case of every round in a process of its own, in turn, on one broker."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.errors import KafkaError

from services import clients, topics
from services.faults import Fault
from services.local.broker import BrokerKind, local_broker
from services.local.process import child, tail_of
from services.settings import Kafka, Settings
from services.variables import PREFIX
from tests.bench import feed, traffic, world
from tests.bench.declared import GROUPS, Case, Sizes
from tests.bench.expected import Expected, check, expected
from tests.bench.job import BEGAN, Job, Measured, now

ROOT = Path(__file__).parents[2]

LONGEST_S = 1_800.0
"""How long one case may take in one round [s]."""

TOPICS = {"incidents": "bench.incidents", "segments": "bench.segments"}


class CaseFailed(Fault):
    """The process of a case ended by itself, or did not end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured.

    Parameters
    ----------
    cases
        In the order in which they take turns.
    traffic
        The file of reports; None for the one beside the repository.
    folder
        Where caches, the broker's data and the logs are kept.
    peers
        The Python of the peers' environment; None where there is none.
    """

    cases: Sequence[Case]
    sizes: Sizes
    traffic: Path | None
    folder: Path
    peers: Path | None

    @property
    def skipped(self) -> dict[str, str]:
        """Why cases cannot run here, by their names."""
        found = {case.name: self._lacks(case) for case in self.cases}
        return {name: why for name, why in found.items() if why is not None}

    def turns(self) -> list[tuple[int, Case]]:
        """Return which case of which round comes after which: A B C, A B C in each group."""
        skipped = self.skipped
        return [
            (number, case)
            for group in GROUPS
            for number in range(1, self.sizes.rounds + 1)
            for case in self.cases
            if case.group == group and number <= case.most_rounds and case.name not in skipped
        ]

    def _lacks(self, case: Case) -> str | None:
        if case.elsewhere and self.peers is None:
            return "the peers' environment (make bench makes it)"
        return case.missing()


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom a run tells what it does."""

    say: Callable[[str], None]
    advance: Callable[[str, int, int], None]
    measured: Callable[[int, Case, Measured], None]


@dataclass(slots=True)
class Ran:
    """What came of a plan."""

    traffic: dict[str, str | int | float]
    rounds: dict[str, list[Measured]] = field(default_factory=dict)


async def run(plan: Plan, watch: Watch) -> Ran:
    """Start a broker, write the traffic, and measure every case of the plan.

    Raises
    ------
    NoTraffic, NoBroker, NotReady, CaseFailed, Miscounted
        With what to do, or the end of a log.
    """
    settings = Settings(data_dir=plan.folder, borders=None)
    reports = await asyncio.to_thread(
        world.reports, plan.traffic, settings, plan.folder / "cache", watch.advance
    )
    made = traffic.read(reports)
    sampled = traffic.sample(made, plan.sizes.incidents)
    ran = Ran(told(sampled, made, plan.traffic or world.DEFAULT))
    async with local_broker(
        plan.folder / "broker", bootstrap=None, prefer=BrokerKind.KAFKA, say=watch.say, fresh=True
    ) as broker:
        kafka = Kafka(bootstrap_servers=broker.bootstrap)
        watch.say(f"writing {len(sampled):,} incidents to each of {len(TOPICS)} topics")
        await _write(kafka, sampled)
        measuring = _Measuring(plan, kafka, reports, expected(sampled, kafka.partitions))
        turns = plan.turns()
        for done, (number, case) in enumerate(turns):
            watch.advance("measuring", done, len(turns))
            before = ran.rounds.setdefault(case.name, [])
            measured = await measuring.once(number, case, before[-1] if before else None)
            before.append(measured)
            watch.measured(number, case, measured)
        watch.advance("measuring", len(turns), len(turns))
    return ran


def told(
    sampled: Sequence[traffic.Sampled], reports: Sequence[traffic.Report], source: Path
) -> dict[str, str | int | float]:
    """Return what to say of the traffic."""
    return {
        "source": source.name,
        "incidents": len(sampled),
        "segments": len({s.segment for s in sampled}),
        "on_busiest_tenth": round(traffic.concentration(sampled, reports), 4),
        "first": traffic.dated(sampled[0].at_ms),
        "last": traffic.dated(sampled[-1].at_ms),
        "mean_bytes": round(sum(len(s.value) for s in sampled) / len(sampled)),
        "seed": traffic.SEED,
        "sha256": traffic.digest(sampled),
    }


async def _write(kafka: Kafka, sampled: Sequence[traffic.Sampled]) -> None:
    await feed.create(kafka, *TOPICS.values())
    for topic, key in ((TOPICS["incidents"], "key"), (TOPICS["segments"], "segment")):
        records = [feed.Record(getattr(s, key), s.value, s.at_ms) for s in sampled]
        await feed.write(kafka, topic, records)


class _Measuring:
    """Runs single cases."""

    def __init__(self, plan: Plan, kafka: Kafka, reports: Path, known: Expected) -> None:
        self._plan = plan
        self._kafka = kafka
        self._reports = reports
        self._known = known

    async def once(self, number: int, case: Case, before: Measured | None) -> Measured:
        """Run a case for one round, check it, and leave nothing of it behind."""
        job = self._job(number, case)
        folder = Path(job.folder)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            measured = await self._measured(job, case)
            await check(case, job, measured, self._known, before, self._kafka)
        finally:
            await _forget(self._kafka, job.run)
        shutil.rmtree(folder)
        return measured

    def _job(self, number: int, case: Case) -> Job:
        run = f"{case.name}-{number}"
        return Job(
            run=run,
            bootstrap=str(self._kafka.bootstrap_servers),
            topics=TOPICS,
            partitions=self._kafka.partitions,
            records=self._plan.sizes.incidents,
            folder=str((self._plan.folder / "runs" / run).resolve()),
            cache=str((self._plan.folder / "cache").resolve()),
            traffic=str(self._reports.resolve()),
            options=dict(case.options(self._plan.sizes)),
        )

    async def _measured(self, job: Job, case: Case) -> Measured:
        told, result = Path(job.folder, "job.json"), Path(job.folder, "result.json")
        log = Path(job.folder, "case.log")
        job.write(told)
        python = str(self._plan.peers) if case.elsewhere else sys.executable
        command = [python, "-m", "tests.bench.child", case.run, str(told), str(result)]
        async with child(command, log, _environment()) as process:
            try:
                code = await asyncio.wait_for(process.wait(), LONGEST_S)
            except TimeoutError as error:
                msg = f"{job.run}: not done after {LONGEST_S:.0f} s; {tail_of(log)}"
                raise CaseFailed(msg) from error
        if code:
            msg = f"{job.run}: ended with exit code {code}; {tail_of(log)}"
            raise CaseFailed(msg)
        return Measured.read(result)


def _environment() -> dict[str, str]:
    """Return the environment of a case: without settings of ours, which would change the work."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    return kept | {"PYTHONPATH": str(ROOT), BEGAN: repr(now())}


async def _forget(kafka: Kafka, run: str) -> None:
    """Delete the topics that a case made, so that the broker is the same for all."""
    try:
        async with clients.admin(kafka) as admin:
            own = [name for name in await admin.list_topics() if run in name]
        await topics.remove(kafka, own)
    except (KafkaError, clients.Unreachable):
        # The broker has ended, and its topics with it.
        pass
