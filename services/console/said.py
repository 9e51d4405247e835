"""What became of a command: accepted by the worker, rejected and why, or not yet answered."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Engine

from schemas.alert import Alert
from schemas.base import RecordRef
from schemas.topics import ALERTS
from services.ledger import episodes, obeyed
from services.ledger.obeyed import Obeyed
from services.ledger.paging import Known, positions

TOPICS = (*obeyed.TOPICS, ALERTS.name)
"""What it is read from."""

_TOLD = ("acknowledge", "unacknowledge", "resolve")
"""Commands that make a transition of their alert whenever they are accepted."""


class Outcome(StrEnum):
    """How far a command has come."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def outcome(said: Obeyed, transitions: Sequence[Alert]) -> Outcome:
    """Tell what became of a command on the alert of ``transitions``.

    Topics reach the ledger in no common order: that the segment was assessed does not tell alone
    that nothing was rejected, so that a transition is waited for where there must be one.
    """
    if said.refusal is not None:
        return Outcome.REJECTED
    if said.command.kind in _TOLD:
        done = any(told.cause == said.observed for told in transitions)
    else:
        done = said.assessed
    return Outcome.ACCEPTED if done else Outcome.WAITING


def answer(engine: Engine, record: RecordRef) -> tuple[Outcome, str]:
    """Return what became of the command of a place in the log, and why it was rejected if it was.

    The reason is the worker's: a name that can be searched for, then words.
    """
    known = Known(positions(engine, TOPICS))
    found = obeyed.of_record(engine, record, known)
    if found is None:
        return Outcome.WAITING, ""
    alert_id = getattr(found.command, "alert_id", None)
    told = episodes.named(engine, alert_id, known) if alert_id is not None else None
    return outcome(found, told.transitions if told else ()), why(found)


def why(said: Obeyed) -> str:
    """Return why a command was rejected; empty where it was not."""
    no = said.refusal
    return f"{no.reason.value}: {no.detail}" if no is not None else ""
