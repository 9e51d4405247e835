"""Keeps API keys in the gateway's database. None is ever deleted: who has had keys stays closed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from services.faults import Fault
from services.gateway.auth.keys import Key, Made, make
from services.gateway.tables import keys
from services.gateway.who import Scope
from services.ledger.database import reading, writing


class UnknownKey(Fault):
    """No key has that id."""


class KeyEnded(Fault):
    """The key no longer counts, so that there is nothing to rotate."""


def create(
    engine: Engine,
    name: str,
    scopes: frozenset[Scope],
    now: datetime,
    expires_at: datetime | None = None,
) -> Made:
    """Make a key and keep its hash; the secret is in what is returned, and nowhere else."""
    made = make(name, scopes, now, expires_at)
    with writing(engine) as connection:
        _insert(connection, made.key)
    return made


def every(engine: Engine) -> tuple[Key, ...]:
    """Return every key there ever was, the oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(keys).order_by(keys.c.created_at, keys.c.key_id))
        return tuple(_key(row) for row in rows)


def revoke(engine: Engine, key_id: str, now: datetime) -> Key:
    """End a key at once; one that was revoked before stays revoked since then.

    Raises
    ------
    UnknownKey
        There is no such key.
    """
    with writing(engine) as connection:
        found = _locked(connection, key_id)
        if found.revoked_at is not None:
            return found
        _update(connection, key_id, revoked_at=now)
        return replace(found, revoked_at=now)


def rotate(engine: Engine, key_id: str, now: datetime, overlap: timedelta) -> tuple[Made, Key]:
    """Make a key with the name, scopes and lifetime of ``key_id``, and let that end.

    The old one counts for ``overlap`` more, or until its own expiry where that is sooner.

    Raises
    ------
    UnknownKey
        There is no such key.
    KeyEnded
        It counts no longer.
    """
    with writing(engine) as connection:
        old = _locked(connection, key_id)
        if why := old.refusal(now):
            msg = f"{key_id} ({old.name}) {why}; make another one with: forewarn keys create"
            raise KeyEnded(msg)
        until = now + overlap if old.expires_at is None else min(now + overlap, old.expires_at)
        lifetime = None if old.expires_at is None else old.expires_at - old.created_at
        made = make(old.name, old.scopes, now, None if lifetime is None else now + lifetime)
        _insert(connection, made.key)
        _update(connection, key_id, expires_at=until)
        return made, replace(old, expires_at=until)


def _locked(connection: Connection, key_id: str) -> Key:
    row = connection.execute(
        select(keys).where(keys.c.key_id == key_id).with_for_update()
    ).one_or_none()
    if row is None:
        # Somebody may have pasted the whole key: it is not repeated.
        msg = "there is no key of that id; expected 12 hexadecimal digits of: forewarn keys list"
        raise UnknownKey(msg)
    return _key(row)


def _insert(connection: Connection, key: Key) -> None:
    values = {
        "key_id": key.key_id,
        "name": key.name,
        "hash": key.hash,
        "scopes": " ".join(sorted(key.scopes)),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
    connection.execute(insert(keys).values(values))


def _update(connection: Connection, key_id: str, **values: datetime) -> None:
    connection.execute(update(keys).where(keys.c.key_id == key_id).values(**values))


def _key(row: Row[Any]) -> Key:
    return Key(
        row.key_id,
        row.name,
        row.hash,
        frozenset(Scope(s) for s in row.scopes.split()),
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )
