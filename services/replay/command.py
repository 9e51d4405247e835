"""What ``forewarn replay`` does: reads the file, drives a log, says what came of it."""

import sys
from pathlib import Path

from schemas.event import IncidentEvent
from services.composition import engine
from services.progress import progress
from services.replay.driver import Log, Outcome, Summary, drive
from services.replay.events import events, read
from services.replay.kafka_log import KafkaLog
from services.replay.memory_log import MemoryLog
from services.running import steadied
from services.settings import Settings
from services.terminal import Terminal

AT_ONCE = 512
"""How many observations a replay in process assesses together."""


async def in_process(
    settings: Settings, file: Path, output: Path | None, progress: Terminal
) -> None:
    """Replay without a broker; write one alert a line to ``output`` or to standard output."""
    decisions = engine(settings)
    steadied()
    log = MemoryLog(decisions, settings.kafka.partitions, at_once=AT_ONCE)
    summary = await _drive(file, log, progress)
    lines = b"".join(alert + b"\n" for alert in log.alerts)
    if output is None:
        sys.stdout.buffer.write(lines)
    else:
        output.write_bytes(lines)
    _say(summary, progress)
    progress.print(f"alerts     {len(log.alerts)}{f' in {output}' if output else ''}")


async def through_kafka(settings: Settings, file: Path, progress: Terminal) -> None:
    """Replay through the broker and worker that the settings name."""
    async with KafkaLog(engine(settings), settings.kafka) as log:
        summary = await _drive(file, log, progress)
    _say(summary, progress)
    progress.print("alerts     on the topic: forewarn topics tail alerts")


async def _drive(file: Path, log: Log, console: Terminal) -> Summary:
    entries = read(file)
    with progress(console) as bar:
        task = bar.add_task("replaying", total=len(entries))

        async def advance(_event: IncidentEvent, _outcome: Outcome) -> None:
            bar.advance(task)

        return await drive(events(file, entries), log, on_report=advance)


def _say(summary: Summary, console: Terminal) -> None:
    console.print(f"reports    {summary.reports}")
    console.print(f"located    {summary.located}")
    console.print(f"unchanged  {summary.unchanged} (resent or superseded)")
    for reason, count in sorted(summary.rejected.items()):
        console.print(f"rejected   {count} {reason}")
    console.print(f"ticks      {summary.ticks}")
