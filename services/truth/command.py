"""What ``forewarn verify`` and ``forewarn rebuild`` do, with their progress on the screen."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS, TOPICS
from services import topics
from services.composition import engine
from services.faults import Fault
from services.records import Delivery
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, changelog
from services.settings import Settings
from services.truth import group, rebuild
from services.truth.log import Ends, Reader, named, reader
from services.truth.rebuild import Advance
from services.truth.verify import DERIVED, Verdict, Verification


class EmptyLog(Fault):
    """The log that is to be verified has no records."""


async def verify(settings: Settings, screen: Console) -> Verdict:
    """Replay the log in process and hold tables and published records against it.

    What the workers have come to is read first and the log last, so that a worker may go on
    meanwhile: each record is then compared with what followed from it.

    Raises
    ------
    EmptyLog
        There is nothing to compare, which is no verification.
    """
    kafka, name = settings.kafka, settings.worker.group
    run = Verification(engine(settings), await group.committed(kafka, name), kafka.partitions)
    async with reader(kafka) as log:
        with progress(screen) as advance:
            for table in (INCIDENTS_TABLE, SEGMENTS_TABLE):
                topic = changelog(name, table)
                async for batch in log.read(topic, await log.ends(topic)):
                    run.table(table, batch)
            for derived in DERIVED:
                topic = topics.name(derived, kafka)
                ends = await log.ends(topic)
                counted = _counted(log, topic, ends, advance, f"reading {derived.name}")
                async for batch in counted:
                    run.published(named(batch, derived.name))
            for source in (INCIDENTS, COMMANDS, OBSERVATIONS):
                topic = topics.name(source, kafka)
                ends = await log.ends(topic)
                counted = _counted(log, topic, ends, advance, f"replaying {source.name}")
                async for batch in counted:
                    run.replay(named(batch, source.name))
    verdict = run.conclude()
    if not verdict.records:
        msg = (
            f"no records in the topics '{kafka.topic_prefix}incidents', ... at "
            f"{kafka.bootstrap_servers}; expected a log to verify: are the broker and "
            "FOREWARN_KAFKA__TOPIC_PREFIX those of the workers?"
        )
        raise EmptyLog(msg)
    return verdict


async def remake(settings: Settings, screen: Console) -> dict[str, int]:
    """Make the tables anew; see ``services.truth.rebuild``."""
    with progress(screen) as advance:
        return await rebuild.rebuild(settings, engine(settings), advance)


def say(verdict: Verdict, console: Console) -> None:
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
    if verdict.first is None:
        console.print("verified   what is kept is what the log says", style="bold green")
        return
    console.print("different  first at", style="bold red", end=" ")
    console.print(str(verdict.first), markup=False, highlight=False, soft_wrap=True)
    for other in verdict.differences:
        if other is not verdict.first:
            console.print(f"  also {other}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        "Is this the model and are these the settings that the workers run with? If so, stop the "
        "workers and make the tables anew: forewarn rebuild",
        soft_wrap=True,
    )


async def _counted(
    log: Reader, topic: str, ends: Ends, advance: Advance, what: str
) -> AsyncIterator[list[Delivery]]:
    """Read a topic to ``ends``, telling of the progress."""
    done, total = 0, sum(ends.values())
    async for batch in log.read(topic, ends):
        done += len(batch)
        advance(what, done, total)
        yield batch


@contextmanager
def progress(screen: Console) -> Iterator[Advance]:
    """Show a bar with an estimate for each thing that is told of."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=screen) as bar:
        tasks = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield advance
