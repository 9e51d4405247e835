"""Prints alerts, their history and silences on a terminal."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from schemas.alert import Alert
from schemas.command import AnyCommand, SilenceCommand
from services.ledger.answers import Episode
from services.local.screen import level_text
from services.terminal import Terminal

Commands = Sequence[tuple[datetime, AnyCommand]]
"""Commands with the times at which they were recorded."""


def alerts(out: Terminal, told: Sequence[Episode]) -> None:
    """Print a line for each alert."""
    if not told:
        out.say("no alert; those that are over: forewarn alerts list --closed")
        return
    table = Table("level", "alert", "since", "last", "state", "headline")
    for one in told:
        last = one.transitions[-1]
        over = one.resolved_at is not None
        table.add_row(
            level_text(last.level),
            Text(one.alert_id),
            time(one.opened_at),
            time(last.recorded_at),
            last.transition.value if over else _state(last),
            Text(last.headline),
        )
    out.print(table)


def alert(out: Terminal, told: Episode, commands: Commands) -> None:
    """Print an alert: what it is now, why, and how it came to it."""
    last = told.transitions[-1]
    out.say(last.headline)
    out.say(f"  {told.alert_id}, {told.traffic.value} traffic")
    out.say(f"  opened {time(told.opened_at)}, last told {time(last.recorded_at)}")
    out.say(f"  {last.severity}, {last.urgency}, {last.certainty} (CAP); {_state(last)}")
    out.say(f"  {last.explanation}")
    for cause in last.incidents:
        record = cause.record
        out.say(f"  - {cause.words}")
        out.say(f"    {record.topic}, partition {record.partition}, offset {record.offset}")
    out.say(f"  model {last.model_version}")
    history(out, told, commands)


def history(out: Terminal, told: Episode, commands: Commands) -> None:
    """Print what was told of an alert and said to it, in order of time."""
    rows = [(t.recorded_at, t.transition.value, _levels(t), _why(t)) for t in told.transitions]
    rows += [(at, c.kind, "", _said(c)) for at, c in commands]
    table = Table("recorded", "what", "level", "why, or who", title="History")
    for at, what, level, why in sorted(rows, key=lambda row: row[0]):
        table.add_row(time(at), what, level, Text(why))
    out.print(table)


def silences(out: Terminal, found: Sequence[SilenceCommand]) -> None:
    """Print a line for each silence."""
    if not found:
        out.say("no silence is in force or to come")
        return
    table = Table("silence", "where", "traffic", "from", "until", "what", "by", "why")
    for one in found:
        what = [*(f"{level.value}" for level in one.levels), *(t.value for t in one.transitions)]
        said = (", ".join(what) or "everything", one.author, one.note or "")
        ids = (one.silence_id, one.segment_id, one.traffic.value, time(one.starts), time(one.ends))
        table.add_row(*(Text(cell) for cell in (*ids, *said)))
    out.print(table)


def transitions(out: Terminal, command: AnyCommand, told: Sequence[Alert]) -> None:
    """Print what came of a command."""
    for one in told:
        out.say(f"{one.transition.value}: {one.alert_id} ({_state(one)})")
    if not told:
        out.say(f"{command.kind}: taken in for {command.segment_id}")


def time(moment: datetime) -> str:
    """Return a moment as it is printed."""
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _state(told: Alert) -> str:
    if told.transition.ends:
        return told.transition.value
    marks = ["acknowledged" if told.acknowledged else "open"]
    if told.silenced_until is not None:
        marks.append(f"silenced until {time(told.silenced_until)}")
    return ", ".join(marks)


def _levels(told: Alert) -> str:
    same = told.level is told.previous_level
    return told.level.value if same else f"{told.previous_level.value} -> {told.level.value}"


def _why(told: Alert) -> str:
    return f"{told.reason.value}: {told.headline}"


def _said(command: AnyCommand) -> str:
    return f"{command.author}: {command.note}" if command.note else command.author
