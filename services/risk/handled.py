"""What a record leads to: messages, states, and what they were made of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models.steps import Step
from schemas.event import IncidentEvent
from schemas.observation import Observed
from schemas.rejection import RejectReason
from services.records import Outgoing
from services.risk import tables
from services.risk.tables import Change, Table


@dataclass(frozen=True, slots=True)
class Judged:
    """An observation that was folded, and what was decided."""

    observation: Observed
    step: Step


@dataclass(frozen=True, slots=True)
class Handled:
    """What a record leads to: messages to publish first, then states to keep, in order.

    In this order a crash in between only repeats the messages, byte for byte, since the record is
    then handled again from the same state; a day is kept before the state that counted it, so that
    counting it again finds what it would add already there.

    Parameters
    ----------
    located
        The report that was read and located, if that is what the record is.
    judged
        What was folded and decided, if it is an observation.
    """

    outgoing: tuple[Outgoing, ...] = ()
    states: tuple[Change[Any], ...] = ()
    rejected: RejectReason | None = None
    located: IncidentEvent | None = None
    judged: Judged | None = None

    def store(self, table: Table) -> None:
        """Keep the states; call it once the messages have been acknowledged."""
        tables.store(self.states, table)


def changes_of(found: Iterable[Handled]) -> Iterator[Change[Any]]:
    """Yield what records change, in order."""
    return (change for handled in found for change in handled.states)
