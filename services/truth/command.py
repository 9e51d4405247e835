"""What ``forewarn verify`` and ``forewarn rebuild`` do, with their progress on the screen."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from schemas.topics import ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED, TOPICS, Topic
from services.composition import engine
from services.faults import Fault
from services.ledger import command as ledger
from services.ledger import database
from services.ledger.source import Source
from services.log import Offsets, reader
from services.progress import Advance, bars
from services.records import Delivery
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, changelog
from services.settings import Settings
from services.terminal import Terminal
from services.truth import group, rebuild
from services.truth.recall import Recall
from services.truth.verify import DERIVED, Verdict, Verification

REPLAYED = (INCIDENTS, COMMANDS, OBSERVATIONS)


class EmptyLog(Fault):
    """The log that is to be verified has no records."""


class Log(Protocol):
    """Where topics are read from."""

    async def ends(self, topic: Topic) -> Offsets:
        """Return the next offset of each partition."""

    def read(self, topic: Topic, until: Mapping[int, int]) -> AsyncIterator[list[Delivery]]:
        """Yield the records below ``until`` in batches."""


async def verify(settings: Settings, screen: Terminal) -> Verdict:
    """Replay the cluster's log in process; hold tables and published records against it.

    What the workers have come to is read first and the log last, so that a worker may go on
    meanwhile: each record is then compared with what followed from it.

    Raises
    ------
    EmptyLog
        There is nothing to compare, which is no verification.
    """
    kafka, name = settings.kafka, settings.worker.group
    decisions = engine(settings)
    recall = Recall(settings, decisions)
    come = await group.committed(kafka, name)
    run = Verification(decisions.recalling(recall), come, kafka.partitions)
    async with reader(kafka) as log:
        with bars(screen) as advance:
            for table in (INCIDENTS_TABLE, SEGMENTS_TABLE):
                topic = changelog(name, table)
                async for batch in log.read(topic, await log.ends(topic)):
                    run.table(table, batch)
            await _compare(run, recall, log, DERIVED, advance)
    return _concluded(
        run, recall, f"the topics '{kafka.topic_prefix}...' at {kafka.bootstrap_servers}"
    )


async def verify_ledger(settings: Settings, screen: Terminal) -> Verdict:
    """Replay the log that the ledger holds; hold what it has published against it.

    The ledger must have caught up. It has no tables of workers, and no reports that cannot be read,
    so that rejections are left out.

    Raises
    ------
    EmptyLog
        There is nothing to compare, which is no verification.
    """
    where = database.url(settings)
    store = database.connect(where, create=False)
    try:
        log = Source(store)
        ends = {topic.name: await log.ends(topic) for topic in REPLAYED}
        derived = [topic for topic in DERIVED if topic is not REJECTED]
        decisions, partitions = engine(settings), settings.kafka.partitions
        recall = Recall(settings, decisions)
        replaying = decisions.recalling(recall)
        run = Verification(replaying, ends, partitions, derived, tables=False)
        with bars(screen) as advance:
            await _compare(run, recall, log, derived, advance)
    finally:
        store.dispose()
    return _concluded(run, recall, f"the ledger {database.shown(where)}")


async def _compare(
    run: Verification, recall: Recall, log: Log, derived: Sequence[Topic], advance: Advance
) -> None:
    """Take in what was published, then replay each record with the models that scored it."""
    for topic in derived:
        async for batch in counted(log, topic, advance, f"reading {topic.name}"):
            run.published(batch)
            if topic is ASSESSMENTS:
                recall.heard(batch)
    for topic in REPLAYED:
        async for batch in counted(log, topic, advance, f"replaying {topic.name}"):
            run.replay(batch)


def _concluded(run: Verification, recall: Recall, where: str) -> Verdict:
    verdict = run.conclude()
    verdict.unrecalled.update(recall.missing)
    if not verdict.records:
        msg = (
            f"no records in {where}; expected a log to verify: are the broker, "
            "FOREWARN_KAFKA__TOPIC_PREFIX and FOREWARN_LEDGER__URL those of the workers?"
        )
        raise EmptyLog(msg)
    return verdict


async def remake(settings: Settings, screen: Terminal) -> dict[str, int]:
    """Make the tables anew; see ``services.truth.rebuild``."""
    with bars(screen) as advance:
        return await rebuild.rebuild(settings, engine(settings), advance)


async def refill(settings: Settings, screen: Terminal) -> bool:
    """Empty the ledger and fill it again; return False where there is none."""
    try:
        database.connect(database.url(settings), create=False).dispose()
    except database.NoLedger:
        return False
    await ledger.rebuild(settings, screen)
    return True


def say(verdict: Verdict, console: Terminal) -> None:
    """Say what was compared, and where what is kept parts from the log."""
    for topic in TOPICS:
        if topic.name in verdict.records:
            console.print(f"replayed   {verdict.records[topic.name]} of {topic.name}")
    console.print(f"states     {verdict.states} equal, byte for byte")
    console.print(
        f"repeats    {verdict.repeats} records published more than once, with equal bytes"
    )
    if verdict.pending:
        console.print(f"pending    {verdict.pending} records that the workers have not come to")
    for why, count in verdict.unrecalled.items():
        line = f"other      {count} assessments are by a model that is not at hand: {why}"
        console.say(line)
    if verdict.first is None:
        console.print("verified   what is kept is what the log says", style="bold green")
        return
    console.print("different  first at", style="bold red", end=" ")
    console.say(str(verdict.first))
    for other in verdict.differences:
        if other is not verdict.first:
            console.say(f"  also {other}")
    console.say(
        "Are these the settings of the workers, and are all their models at hand? If so, "
        "stop the workers and make the tables anew: forewarn rebuild"
    )


async def counted(
    log: Log, topic: Topic, advance: Advance, what: str
) -> AsyncIterator[list[Delivery]]:
    """Yield the batches of a topic to where it ends now, telling of the progress."""
    ends = await log.ends(topic)
    done, total = 0, sum(ends.values())
    async for batch in log.read(topic, ends):
        done += len(batch)
        advance(what, done, total)
        yield batch
