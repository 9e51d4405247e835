"""Makes the commands on alerts and silences that operators say, wherever they say them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import uuid4

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.command import COMMAND, AnyCommand, ExpireSilenceCommand, SilenceCommand
from schemas.incident import Traffic
from services.ledger.answers import Episode

OnAlert = Literal["acknowledge", "unacknowledge", "resolve", "note"]


def on_alert(
    kind: OnAlert, told: Episode, author: str, note: str | None, seen: Level | None = None
) -> AnyCommand:
    """Return a command on an alert.

    Parameters
    ----------
    seen
        The level that its author saw; None: the one that it has.
    """
    content = {
        "kind": kind,
        "segment_id": told.segment_id,
        "traffic": told.traffic,
        "alert_id": told.alert_id,
        "author": author,
        "note": note,
    }
    if kind != "note":
        content["level"] = seen or told.transitions[-1].level
    return COMMAND.validate_python(content)


def silence(
    place: str,
    traffic: Traffic,
    lasts: tuple[datetime, datetime],
    author: str,
    note: str | None,
    levels: Sequence[Level] = (),
    transitions: Sequence[Transition] = (),
) -> SilenceCommand:
    """Return a silence of a segment or border under a new name; ``lasts`` is from and until."""
    return SilenceCommand(
        kind="silence",
        segment_id=place,
        traffic=traffic,
        silence_id=f"silence-{uuid4().hex[:12]}",
        starts=lasts[0],
        ends=lasts[1],
        levels=tuple(levels),
        transitions=tuple(transitions),
        author=author,
        note=note,
    )


def expire(
    place: str, traffic: Traffic, silence_id: str, author: str, note: str | None
) -> ExpireSilenceCommand:
    """Return the end of a silence."""
    return ExpireSilenceCommand(
        kind="expire-silence",
        segment_id=place,
        traffic=traffic,
        silence_id=silence_id,
        author=author,
        note=note,
    )
