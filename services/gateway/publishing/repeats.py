"""Keeps what was answered under an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, Engine, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.gateway.tables import answered
from services.ledger.database import writing

IN_HAND_FOR = timedelta(minutes=1)
"""How long a key is kept for a request that is not answered yet.

A gateway that is killed between writing a report and keeping the answer leaves such a key behind.
Past this time the request is simply made again: it finds the revision in the log, or writes it
once more, which changes nothing, since a revision counts once however often it stands there.
"""

_KEY = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,255})"')
"""An Item that is a String (RFC 9651, section 3.3.3), here neither empty nor very long."""


class State(Enum):
    """What a key means for the request that comes with it."""

    NEW = "new"
    IN_HAND = "in hand"
    OTHER = "other"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept under a key; ``response`` only where it is ``ANSWERED``."""

    state: State
    expires_at: datetime
    response: bytes | None = None


def key_in(header: str) -> str | None:
    """Return the key that a header's value gives, or None where it is malformed."""
    found = _KEY.fullmatch(header.strip())
    return re.sub(r"\\(.)", r"\1", found[1]) if found else None


def fingerprint(*parts: str | bytes) -> bytes:
    """Return what tells one request from another, from its parts in an order of theirs."""
    whole = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        whole.update(len(content).to_bytes(8, "big") + content)
    return whole.digest()


class Repeats:
    """The keys of all callers, each caller's own."""

    def __init__(self, engine: Engine, kept_for: timedelta) -> None:
        self._engine, self._kept_for = engine, kept_for

    def begin(self, caller: str, key: str, print_: bytes, now: datetime) -> Found:
        """Take a key in hand, or say what is kept under it; what has expired is deleted."""
        row = {
            "caller": caller,
            "idempotency_key": key,
            "fingerprint": print_,
            "response": None,
            "expires_at": now + IN_HAND_FOR,
        }
        with writing(self._engine) as connection:
            connection.execute(delete(answered).where(answered.c.expires_at <= now))
            try:
                # Undone alone, so that another gateway's key of the same moment can be read.
                with connection.begin_nested():
                    connection.execute(insert(answered).values(row))
            except IntegrityError:
                kept = connection.execute(select(answered).where(_under(caller, key))).one()
            else:
                return Found(State.NEW, now + self._kept_for)
        if kept.fingerprint != print_:
            return Found(State.OTHER, kept.expires_at)
        if kept.response is None:
            return Found(State.IN_HAND, kept.expires_at)
        return Found(State.ANSWERED, kept.expires_at, kept.response)

    def keep(self, caller: str, key: str, print_: bytes, response: bytes, until: datetime) -> None:
        """Keep what a request was answered, unless another one has taken its key meanwhile."""
        with writing(self._engine) as connection:
            kept = update(answered).where(_by(caller, key, print_))
            connection.execute(kept.values(response=response, expires_at=until))

    def release(self, caller: str, key: str, print_: bytes) -> None:
        """Forget a key under which a request had nothing accepted, so that it may be used again.

        What the same request was answered when it came again stays, as does another's.
        """
        mine = and_(_by(caller, key, print_), answered.c.response.is_(None))
        with writing(self._engine) as connection:
            connection.execute(delete(answered).where(mine))


def _under(caller: str, key: str) -> ColumnElement[bool]:
    return and_(answered.c.caller == caller, answered.c.idempotency_key == key)


def _by(caller: str, key: str, print_: bytes) -> ColumnElement[bool]:
    """Tell whether a key is that of one request, which may outlast the time it is kept for."""
    return and_(_under(caller, key), answered.c.fingerprint == print_)
