"""The demonstration: a border case through a real broker and worker, on one screen."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex

from aiokafka.errors import KafkaError
from rich.text import Text

from schemas.event import IncidentEvent
from schemas.incident import Traffic
from schemas.topics import ALERTS, ASSESSMENTS, DELIVERIES, TOPICS, Topic
from services import topics
from services.clients import Unreachable
from services.composition import engine
from services.local.broker import BrokerKind, Say
from services.local.running import Running
from services.local.screen import Screen
from services.local.stack import stack
from services.local.up import console as where
from services.reach import program
from services.replay.driver import Outcome, Summary, drive
from services.replay.events import case, events, marked, read
from services.replay.kafka_log import KafkaLog
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, changelog
from services.settings import Settings
from services.tail import Tail, tail
from services.terminal import Terminal
from services.truth import group

BORDER = "KGZ-TJK"
TABLES = (INCIDENTS_TABLE, SEGMENTS_TABLE)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose on the command line."""

    exit_when_done: bool
    pace_s: float
    broker: BrokerKind | None


async def run(settings: Settings, options: Options, console: Terminal) -> int:
    """Run the demonstration; return the exit code: 0 only if alerts were read back.

    Where a notifier is configured it runs too. What is replayed is then marked as an exercise, so
    that nobody is told of it as of what happens now.
    """
    settings = for_demo(settings)
    screen = Screen(console)

    def say(line: str) -> None:
        console.say(f"  {line}", style="dim")

    async with (
        _leaving_no_topics(settings, say),
        # Every demonstration starts from an empty log, so that it shows the same each time.
        stack(
            settings, options.broker, say, fresh=True, notifier=True,
            # Where nobody stays to look, nothing is served.
            ledger=not options.exit_when_done, gateway=not options.exit_when_done,
        ) as running,
    ):  # fmt: skip
        console.say(f"  {running.broker.description}", style="bold")
        for line in where(running):
            console.say(f"  {line}")
        summary = await running.while_it_works(_show(running, options, screen))
        after = _ended() if options.exit_when_done else _staying(running)
        _report(console, summary, screen, after)
        if not options.exit_when_done:
            console.print("\nThe stack keeps running. Ctrl-C stops it.", style="bold")
            await running.while_it_works(asyncio.Event().wait())
    return 0 if screen.alerts else 1


def for_demo(settings: Settings) -> Settings:
    """Return the settings with the demonstration's border, folder, group, topics and clock.

    On a cluster that exists, its group and topics are those of no other run and of no service.
    """
    own = f"demo-{token_hex(4)}" if settings.kafka.bootstrap_servers else ""
    worker = {"clock": "log", "group": f"forewarn-{own or 'demo'}"}
    kafka = {"topic_prefix": f"{own}." if own else ""}
    return settings.model_copy(
        update={
            "borders": (BORDER,),
            "data_dir": settings.data_dir / "demo",
            "worker": settings.worker.model_copy(update=worker),
            "kafka": settings.kafka.model_copy(update=kafka),
            # What the demonstration told of must not stand beside what is real.
            "notifier": settings.notifier.model_copy(update={"url": None}),
            "ledger": settings.ledger.model_copy(update={"url": None}),
            "gateway": settings.gateway.model_copy(update={"url": None}),
            "model": settings.model.model_copy(update={"directory": settings.models}),
        }
    )


@asynccontextmanager
async def _leaving_no_topics(settings: Settings, say: Say) -> AsyncIterator[None]:
    """Delete the demonstration's own topics from a cluster that goes on without it."""
    try:
        yield
    finally:
        if prefix := settings.kafka.topic_prefix:
            own = [topics.name(topic, settings.kafka) for topic in TOPICS]
            own += [changelog(settings.worker.group, table) for table in TABLES]
            own.append(group.states_topic(settings.worker.group))
            try:
                await topics.remove(settings.kafka, own)
                say(f"deleted the demonstration's topics: {prefix}*")
            except Unreachable:
                # Why the demonstration ended; there is nothing to add.
                pass
            except KafkaError as error:
                say(f"cannot delete the demonstration's topics, {prefix}*: {error}")


async def _show(running: Running, options: Options, screen: Screen) -> Summary:
    """Replay the case while the screen follows what comes back from the topics."""
    kafka = running.settings.kafka

    async def pause(event: IncidentEvent, outcome: Outcome) -> None:
        screen.reported(event, outcome)
        await log.settle()
        await asyncio.sleep(options.pace_s)

    async with (
        tail(kafka, (ALERTS, ASSESSMENTS)) as feed,
        KafkaLog(engine(running.settings), kafka) as log,
    ):
        following = _Following(feed, screen)
        with screen:
            summary = await drive(_reports(running), log, on_report=pause)
            await following.to_the_end()
    return summary


def _reports(running: Running) -> Iterator[IncidentEvent]:
    """Yield the case: as an exercise where somebody is told of it."""
    found = events(case(), read(case()))
    return found if running.notifier is None else marked(found, Traffic.EXERCISE)


class _Following:
    """Puts what arrives on the alerts and assessments topics on the screen."""

    def __init__(self, feed: Tail, screen: Screen) -> None:
        self._feed = feed
        self._screen = screen
        self._next: dict[tuple[str, int], int] = {}
        self._task = asyncio.create_task(self._follow())

    async def to_the_end(self) -> None:
        """Return once everything written so far has been shown."""
        ends = await self._feed.ends()
        while any(self._next.get(tp, 0) < end for tp, end in ends.items()):
            if self._task.done():
                await self._task
            await asyncio.sleep(0.05)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        async for read_back in self._feed:
            said = read_back.value.data if read_back.topic is ALERTS else read_back.value
            # Heartbeats are of today, and of nothing that happened.
            if said.traffic is Traffic.HEARTBEAT:
                pass
            elif read_back.topic is ALERTS:
                self._screen.alerted(said)
            else:
                self._screen.assessed(said)
            self._next[read_back.topic.name, read_back.partition] = read_back.offset + 1


def _report(console: Terminal, summary: Summary, screen: Screen, after: Sequence[str]) -> None:
    """Say what was done, what to look at ``after`` it and how to start for real."""
    segments, border = screen.located
    rejected = sum(summary.rejected.values())
    reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(summary.rejected.items()))
    told = ", ".join(f"{n} {kind}" for kind, n in sorted(screen.transitions.items()))
    lines = [
        "",
        f"[bold]Read[/]      {summary.reports} reports; {summary.ticks} ticks for the time between",
        f"[bold]Located[/]   {segments} on a segment, {border} on the border as a whole",
        f"[bold]Rejected[/]  {rejected}{f' ({reasons})' if reasons else ''}",
        f"[bold]Alerted[/]   {len(screen.alerts)} transitions read back from the topic 'alerts': "
        f"{told}",
        "",
        *after,
        "Start for real (the whole world, ticks from the clock, data kept on Apache Kafka):",
        f"  {program()} up",
        "Or on a cluster of yours:",
        f"  FOREWARN_KAFKA__BOOTSTRAP_SERVERS=kafka-1:9092 {program()} worker",
    ]
    console.say(Text.from_markup("\n".join(lines)))


def _ended() -> list[str]:
    """Say how to look around, where the stack ends with the replay."""
    return [
        "This stack ends here. To look around in it, and at the replay in a browser:",
        f"  {program()} demo",
    ]


def _staying(running: Running) -> list[str]:
    """Say where to look while the stack stays up."""
    return [
        "Follow the alerts topic, in another terminal while this stack runs:",
        f"  {_following(running.settings)}",
        *_told(running),
    ]


def _told(running: Running) -> list[str]:
    """Say who was told, where a notifier runs."""
    if running.notifier is None:
        return []
    return [
        "All of it was an exercise: receivers and routes with that traffic are told of it. "
        "What came of each attempt:",
        f"  {_following(running.settings, DELIVERIES)}",
    ]


def _following(settings: Settings, topic: Topic = ALERTS) -> str:
    """Return the command that follows a topic of the demonstration from any terminal."""
    kafka = settings.kafka
    follow = f"{program()} topics tail {topic.name} --bootstrap {kafka.bootstrap_servers}"
    # The terminal may have a prefix set for the real topics.
    if kafka.topic_prefix or Settings().kafka.topic_prefix:
        return f"FOREWARN_KAFKA__TOPIC_PREFIX={kafka.topic_prefix} {follow}"
    return follow
