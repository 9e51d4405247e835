"""Whether workers are alive, and how far they and the read model are behind the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.domain.durations import in_words
from schemas.topics import TOPICS, Topic
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, not_applicable, together, warning
from services.doctor.looking import NotThere, looking
from services.ledger import database, migrate, tables
from services.ledger.lag import BEHIND
from services.ledger.store import Store
from services.log import Offsets, Reader, reader
from services.risk.tables import VERSION
from services.settings import Settings
from services.truth import group

LATE_S = 60.0
"""How long a record may wait before it is told [s]: offsets are committed every few seconds."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not been done yet.

    Parameters
    ----------
    oldest_s
        How old the first of it is [s]; None: nothing waits, or its times tell nothing.
    beyond
        Whether more has been done than the log has: it lost its end, or is another log.
    """

    records: int
    oldest_s: float | None = None
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers' group: its members, how many have their partitions, and its tables' version."""

    members: int
    assigned: int
    waiting: Waiting
    version: int | None


async def check(case: Case) -> Finding:
    """Look at the members of the workers' group, its tables and its lag."""
    settings = case.reached
    kafka, name = settings.kafka, settings.worker.group
    done = await group.committed(kafka, name)
    found = Workers(
        members=len(await group.member_ids(kafka, name)),
        assigned=len(await group.assigned(kafka, name)),
        waiting=await _waiting(settings, group.READ, done, case.clock()),
        version=await group.state_version(kafka, name),
    )
    return judge(name, found)


def judge(name: str, found: Workers) -> Finding:
    """Return whether the workers of a group do their work."""
    faults = [*_late(found.waiting, "start another worker, or see docs/runbooks.md, LagGrows")]
    if found.waiting.beyond:
        faults.append(
            failed(
                f"group {name!r} has read further than the log goes: what comes is passed over",
                "see docs/maintaining.md, A log that lost its end",
            )
        )
    if not found.members:
        faults.append(failed(f"group {name!r} has no members", "start one: forewarn worker"))
    elif not found.assigned:
        advice = "look again in a minute; if it stays so, see the worker's log"
        faults.append(warning(f"the partitions of {name!r} are being shared out", advice))
    if found.version is not None and found.version > VERSION:
        faults.append(
            failed(
                f"tables of version {found.version}, this build writes {VERSION}",
                "run the newer build, or: forewarn rebuild",
            )
        )
    return together(faults, f"{found.members} in group {name!r}; {_behind(found.waiting)}")


async def read_model(case: Case) -> Finding:
    """Look at how far the read model is behind the log."""
    settings = case.reached
    where = database.url(settings)

    def written() -> dict[str, Offsets] | None:
        try:
            with looking(where) as engine:
                with database.reading(engine) as connection:
                    if migrate.current(connection) != migrate.known(migrate.LEDGER)[-1:]:
                        return None
                found: dict[str, Offsets] = {}
                for (topic, partition), at in Store(engine).offsets().items():
                    found.setdefault(topic, {})[partition] = at
                return found
        except NotThere:
            return None

    done = await aside(written)
    if done is None:
        return not_applicable("there is no database of this version yet")
    topics = [topic for topic in TOPICS if topic.name in tables.OF_TOPIC]
    return judge_read_model(await _waiting(settings, topics, done, case.clock()))


def judge_read_model(waiting: Waiting) -> Finding:
    """Return whether the read model keeps up."""
    run = "see that this runs: forewarn ledger run"
    faults = [*_late(waiting, run)]
    if not faults and waiting.records > BEHIND:
        faults.append(warning(_behind(waiting), run))
    if waiting.beyond:
        found = "it has read further than the log goes: that was another log"
        faults.append(failed(found, "fill it from this one: forewarn ledger rebuild"))
    return together(faults, _behind(waiting))


def _late(waiting: Waiting, advice: str) -> Iterable[Finding]:
    if waiting.oldest_s is not None and waiting.oldest_s > LATE_S:
        yield warning(f"{_behind(waiting)}", advice)


def _behind(waiting: Waiting) -> str:
    if not waiting.records:
        return "nothing waits"
    age = waiting.oldest_s
    since = "" if age is None else f", the first for {in_words(timedelta(seconds=round(age)))}"
    return f"{waiting.records:,} records wait{since}"


async def _waiting(
    settings: Settings, topics: Iterable[Topic], done: Mapping[str, Offsets], now: datetime
) -> Waiting:
    """Return what the log holds beyond the offsets that are ``done``."""
    records, oldest, beyond = 0, None, False
    async with reader(settings.kafka) as log:
        for topic in topics:
            at = done.get(topic.name, {})
            for partition, end in (await log.ends(topic)).items():
                next_one = at.get(partition, 0)
                beyond |= next_one > end
                if next_one < end:
                    records += end - next_one
                    first = await _first(log, topic, partition, next_one)
                    oldest = min(filter(None, (oldest, first)), default=None)
    # A replay stamps what it writes with the times of long ago.
    if oldest is None or settings.worker.clock == "log":
        return Waiting(records, None, beyond)
    return Waiting(records, max(0.0, (now - oldest).total_seconds()), beyond)


async def _first(log: Reader, topic: Topic, partition: int, offset: int) -> datetime | None:
    async for batch in log.read(topic, {partition: offset + 1}, {partition: offset}):
        return batch[0].at
    return None
