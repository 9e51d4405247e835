"""Whether this machine's clock agrees with others: PostgreSQL's, and the broker's.

Kafka tells nobody what time it is. But it writes a record of its own, with a time of its own, for
each offset that a group commits: the last one in the group's partition of ``__consumer_offsets``
is a stamp of the broker's clock. Whoever writes a report or an observation stamps it likewise. A
stamp says at least how late that clock was; PostgreSQL's clock can be asked. Nothing is written.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services import clients, topics
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, not_applicable, together, warning
from services.doctor.looking import looking
from services.faults import Fault
from services.gateway.tables import GATEWAY
from services.ledger.database import LEDGER, place, reading
from services.moments import Clock
from services.records import moment
from services.settings import Settings
from services.truth.group import READ

TOLD_S = 5.0
"""From which difference on it is told [s]."""

REFUSED_S = 300.0
"""From which difference on receivers refuse what we sign (Standard Webhooks 1.0) [s]."""

_COMMITS = "__consumer_offsets"
_ADVICE = "let NTP set the clocks (chronyd, systemd-timesyncd); timedatectl tells whether it does"


@dataclass(frozen=True, slots=True)
class Reading:
    """How far another clock is ahead of ours [s].

    Parameters
    ----------
    within_s
        How far that may be off [s]; None: it is a stamp, and the clock has gone on since.
    """

    clock: str
    ahead_s: float
    within_s: float | None = None


async def check(case: Case) -> Finding:
    """Read every clock that can be read."""
    found = [*await aside(lambda: list(_of_databases(case.settings, case.clock)))]
    # The check of the broker tells that it does not answer.
    with suppress(Fault, KafkaError, TimeoutError):
        async with asyncio.timeout(case.patience_s / 2):
            found += await _of_stamps(case.reached, case.clock)
    return judge(found)


def judge(found: Sequence[Reading]) -> Finding:
    """Return whether clocks agree with ours."""
    if not found:
        return not_applicable("there is no other clock to compare with", "see: timedatectl")
    faults = []
    for one in found:
        off = _off(one)
        if off > TOLD_S:
            say = failed if off > REFUSED_S else warning
            faults.append(say(_words(one), _ADVICE))
    return together(faults, "; ".join(map(_words, found)))


def _off(one: Reading) -> float:
    """Return by how much a clock surely differs [s]."""
    if one.within_s is None:
        return max(0.0, one.ahead_s)
    return max(0.0, abs(one.ahead_s) - one.within_s)


def _words(one: Reading) -> str:
    apart = f"{abs(one.ahead_s):,.1f} s"
    if one.within_s is not None:
        way = "ahead" if one.ahead_s > 0 else "behind"
        return f"{one.clock} is {apart} {way}, give or take {one.within_s:.1f} s"
    if one.ahead_s > 0:
        return f"{one.clock} is ahead, by {apart} or more"
    return f"{one.clock}, by a stamp {apart} old, is not ahead"


def _of_databases(settings: Settings, clock: Clock) -> Iterator[Reading]:
    """Ask PostgreSQL, where one of the databases is there."""
    for setting, kind in ((settings.ledger.url, LEDGER), (settings.gateway.url, GATEWAY)):
        try:
            where = place(setting, settings.data_dir, kind)
            if where.get_backend_name() != "postgresql":
                continue
            with looking(where) as engine, reading(engine) as connection:
                connection.execute(text("SELECT 1"))
                before = clock()
                said = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
                after = clock()
        except (Fault, DBAPIError):
            # The check of the database tells that it does not answer.
            continue
        half = (after - before) / 2
        ahead = (said - before - half).total_seconds()
        yield Reading("PostgreSQL's clock", ahead, half.total_seconds())
        return


async def _of_stamps(settings: Settings, clock: Clock) -> list[Reading]:
    """Look at the last stamp of the broker, and at the last of those who write to the log."""
    kafka = settings.kafka
    async with clients.admin(kafka) as admin:
        there = set(await admin.list_topics())
        commits = 0
        if _COMMITS in there:
            (told,) = await admin.describe_topics([_COMMITS])
            commits = len(told["partitions"])
    places = {"the broker's clock": [_place_of(settings.worker.group, commits)] if commits else []}
    if settings.worker.clock == "wall":
        # A replay stamps what it writes with the times of long ago.
        names = [name for t in READ if (name := topics.name(t, kafka)) in there]
        who = "the clock of who wrote last to the log"
        places[who] = [TopicPartition(n, p) for n in names for p in range(kafka.partitions)]
    found: list[Reading] = []
    if not any(places.values()):
        return found
    async with clients.consumer(kafka) as consumer:
        for name, those in places.items():
            stamped = [at for tp in those if (at := await _stamp(consumer, tp)) is not None]
            if stamped:
                ahead = (max(stamped) - clock()).total_seconds()
                found.append(Reading(name, ahead))
    return found


def _place_of(group: str, partitions: int) -> TopicPartition:
    """Return where the broker keeps a group's commits: by Java's hash of its name."""
    hashed = 0
    units = group.encode("utf-16-be")
    for at in range(0, len(units), 2):
        hashed = (31 * hashed + int.from_bytes(units[at : at + 2], "big")) & 0xFFFFFFFF
    signed = hashed - 2**32 if hashed >= 2**31 else hashed
    # Kafka's own absolute value is 0 of the one number that has none in 32 bits.
    return TopicPartition(_COMMITS, (0 if signed == -(2**31) else abs(signed)) % partitions)


async def _stamp(consumer: AIOKafkaConsumer, place: TopicPartition) -> datetime | None:
    """Return the time of a partition's last record; None: there is none, or none to be read."""
    consumer.assign([place])
    first = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    if end <= first:
        return None
    consumer.seek(place, end - 1)
    fetched = await consumer.getmany(place, timeout_ms=1_000)
    stamps = [record.timestamp for record in fetched.get(place, [])]
    return moment(stamps[-1]) if stamps else None
