"""What ``forewarn rejected`` does: reads, asks, puts back, says what came of it."""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager

import orjson

from schemas.topics import INCIDENTS
from services.faults import Fault
from services.progress import progress
from services.rejected import log, replay, screen
from services.rejected.lineage import Source, scan_from, shown
from services.rejected.log import Advance, Entry, Unreadable
from services.rejected.replay import Choice, Plan, Verdict
from services.settings import Kafka
from services.terminal import Terminal

Confirm = Callable[[str], bool]

_SHOWN = 20
"""How many records are named one by one before the rest is only counted."""


class NotRejected(Fault):
    """A place that is asked for is not in ``incidents.rejected``."""

    def __init__(self, places: Collection[tuple[int, int]]) -> None:
        named = ", ".join(f"{partition}:{offset}" for partition, offset in sorted(places))
        super().__init__(
            f"{named}: not a rejection that can be read in incidents.rejected; expected "
            "PARTITION:OFFSET as in the first column of: forewarn rejected list --all"
        )


async def show_list(kafka: Kafka, choice: Choice, *, as_json: bool, out: Terminal) -> None:
    """Print the rejections that ``choice`` takes, and the counts by reason."""
    everything, unreadable = await _read(kafka)
    meant = [entry for entry in everything if choice.takes(entry)]
    done = await _replayed(kafka, meant)
    _warn(unreadable)
    if as_json:
        for entry in meant:
            sys.stdout.buffer.write(orjson.dumps(screen.as_json(entry, done)) + b"\n")
        return
    if meant:
        out.print(screen.table(meant, done))
    bounds = Choice(reasons=choice.reasons, since=choice.since, set_aside=True)
    left = sum(bounds.takes(entry) for entry in everything) - len(meant)
    aside = f" ({left} more set aside, which is no fault: --all)" if left else ""
    out.print(screen.counts(meant) + aside, highlight=False)


async def show_one(kafka: Kafka, place: tuple[int, int], *, raw: bool, out: Terminal) -> None:
    """Print all about one rejection, or write its exact original bytes.

    Raises
    ------
    NotRejected
        There is no such rejection.
    """
    entry = await _one(kafka, place)
    if raw:
        sys.stdout.buffer.write(entry.rejection.value)
        sys.stdout.buffer.flush()
        return
    for line in screen.full(entry, await _replayed(kafka, [entry])):
        out.say(line)


async def put_back(kafka: Kafka, choice: Choice, confirm: Confirm | None, out: Terminal) -> int:
    """Replay what ``choice`` takes; return the exit code: 1 if that is nothing.

    Parameters
    ----------
    confirm
        Is asked before anything is written; None is a dry run, which writes nothing.

    Raises
    ------
    NotRejected
        ``choice`` names a place where there is no rejection.
    """
    everything, unreadable = await _read(kafka)
    _warn(unreadable)
    if missing := choice.places - {entry.place for entry in everything}:
        raise NotRejected(missing)
    meant = [entry for entry in everything if choice.takes(entry)]
    if not meant:
        out.print("nothing in incidents.rejected matches; see: forewarn rejected list --all")
        return 1
    plan = replay.plan(meant, await _replayed(kafka, meant))
    _say(plan, out)
    if confirm is None or not plan.places:
        return 0
    if not confirm(f"Put back on incidents: {len(plan.places)}?"):
        out.print("nothing was written")
        return 0
    with _bar("replaying") as advance:
        sent = await replay.send(kafka, plan, advance)
    out.print(f"{sent.written} written to incidents; workers decide on them anew")
    lost = len(plan.places) - sent.written - len(sent.refused)
    if lost:
        out.print(f"{lost} could not be read again and were not written; run the replay again")
    for refused in sent.refused:
        out.say(f"not written: {refused}")
    return 1 if lost or sent.refused else 0


async def _read(kafka: Kafka) -> tuple[list[Entry], list[Unreadable]]:
    entries: list[Entry] = []
    unreadable: list[Unreadable] = []
    with _bar("reading incidents.rejected") as advance:
        async for found in log.rejections(kafka, advance=advance):
            if isinstance(found, Entry):
                entries.append(found.without_bytes())
            else:
                unreadable.append(found)
    return sorted(entries, key=lambda e: e.place), unreadable


async def _one(kafka: Kafka, place: tuple[int, int]) -> Entry:
    partition, offset = place
    if partition < kafka.partitions:
        async with aclosing(log.rejections(kafka, {partition: offset})) as found:
            async for entry in found:
                if isinstance(entry, Entry) and entry.place == place:
                    return entry
                break
    raise NotRejected([place])


async def _replayed(kafka: Kafka, entries: Sequence[Entry]) -> dict[Source, Source]:
    reports = [(e.key, e.source) for e in entries if e.rejection.record.topic == INCIDENTS.name]
    with _bar("looking for replays in incidents") as advance:
        return await log.replayed(kafka, scan_from(reports, kafka.partitions), advance)


def _say(plan: Plan, out: Terminal) -> None:
    """Name what is to be replayed, up to a number, and count the rest by why it is not."""
    chosen = [entry for entry, verdict in plan.verdicts if verdict is Verdict.REPLAY]
    for entry in chosen[:_SHOWN]:
        line = (
            f"  {entry.partition}:{entry.offset}  {entry.rejection.reason.value}  "
            f"key {screen.text_of(entry.key)}  from {shown(entry.source)}"
        )
        out.say(line)
    if len(chosen) > _SHOWN:
        out.print(f"  and {len(chosen) - _SHOWN} more")
    for verdict, count in plan.counts.items():
        out.print(f"{count} {verdict.value}", highlight=False)


def _warn(unreadable: Sequence[Unreadable]) -> None:
    if unreadable:
        first = unreadable[0]
        print(
            f"{len(unreadable)} records of incidents.rejected cannot be read by this version; the "
            f"first is {first.partition}:{first.offset}: {first.why}",
            file=sys.stderr,
        )


@contextmanager
def _bar(what: str) -> Iterator[Advance]:
    """Show progress on standard error, so that standard output holds only results."""
    with progress(Terminal(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
