"""Seals who reported before it is written to the log, and erases it by discarding a key."""

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, func, select, update

from schemas.incident import Incident, IncidentReport
from services.faults import Fault
from services.gateway import seals, secret
from services.gateway.tables import sealing
from services.gateway.wrapping import Wrapping
from services.ledger.database import reading, writing
from services.ledger.repeats import insert_new
from services.moments import Clock, utc_now

PSEUDONYMS = "pseudonyms"
"""What the secret of the pseudonyms is kept under."""
_AT_ONCE = 500
"""How many incidents are looked up by one query."""


class NothingSealed(Fault):
    """No key was ever made for the incident."""


class Sealing:
    """The keys of sealed reports, in the gateway's database.

    No key is remembered: once it is discarded, no process has it.

    Parameters
    ----------
    active
        False writes reports as they come; what was sealed before can still be opened.
    """

    def __init__(
        self, engine: Engine, wrapping: Wrapping, clock: Clock = utc_now, *, active: bool = True
    ) -> None:
        self._engine, self._wrapping, self._clock = engine, wrapping, clock
        self._active = active

    def seal(self, incident: Incident) -> Incident:
        """Return what is written to the log in place of ``incident``; see ``seal_all``."""
        return self.seal_all([incident])[0]

    def seal_all(self, incidents: Sequence[Incident]) -> list[Incident]:
        """Return what is written to the log in place of ``incidents``, in one transaction.

        The same revision gives the same bytes. A seal that comes with a report is not taken over:
        only this gateway's own says what it seems to. After an erasure the pseudonyms remain.

        Raises
        ------
        BadSealKey
            The setting is not the key that the database's keys were wrapped by.
        """
        named = {i.incident_id for i in incidents if isinstance(i, IncidentReport) and i.sources}
        keys: dict[str, bytes | None] = {}
        names = b""
        if named and self._active:
            keys, names = self._made(sorted(named))
        return [self._sealed(i, keys, names) for i in incidents]

    def unseal(self, incident: Incident) -> Incident:
        """Return an incident with the names of its sources, where they can still be told."""
        if not isinstance(incident, IncidentReport) or incident.sealed is None:
            return incident
        kept = self._kept(incident.incident_id)
        found = seals.opened(incident, self._key(incident.incident_id, kept)) if kept else None
        return found or incident.model_copy(update={"sealed": None})

    def erased(self) -> int:
        """Return of how many incidents the key has been discarded."""
        gone = select(func.count()).select_from(sealing).where(sealing.c.discarded_at.is_not(None))
        with reading(self._engine) as connection:
            return connection.execute(gone).scalar_one()

    def erase(self, incident_id: str) -> bool:
        """Discard the key of an incident; False where that was done before.

        Raises
        ------
        NothingSealed
            No report of it was sealed here.
        """
        mine = sealing.c.incident_id == incident_id
        with writing(self._engine) as connection:
            if connection.dialect.name == "sqlite":
                # What SQLite frees it leaves in the file otherwise.
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            row = connection.execute(select(sealing).where(mine)).one_or_none()
            if row is None:
                msg = (
                    f"{incident_id}: no report of it was sealed here; one that came to Kafka "
                    "without the gateway stands in the log as it was sent"
                )
                raise NothingSealed(msg)
            values = {"key": None, "discarded_at": self._clock()}
            if row.key is not None:
                connection.execute(update(sealing).where(mine).values(values))
        purge(self._engine)
        return row.key is not None

    def _sealed(self, incident: Incident, keys: dict[str, bytes | None], names: bytes) -> Incident:
        if not isinstance(incident, IncidentReport):
            return incident
        if incident.incident_id not in keys or not incident.sources:
            return incident.model_copy(update={"sealed": None})
        kept = keys[incident.incident_id]
        if kept is None:
            return seals.hidden(incident, names)
        return seals.closed(incident, self._key(incident.incident_id, kept), names)

    def _key(self, incident_id: str, kept: bytes) -> bytes:
        return self._wrapping.unwrap(kept, incident_id)

    def _made(self, ids: Sequence[str]) -> tuple[dict[str, bytes | None], bytes]:
        """Return what is kept of the incidents' keys, and the secret of the pseudonyms.

        Those that are missing are made, in one transaction.
        """
        wrapped = secret.kept(self._engine, PSEUDONYMS, self._pseudonyms)
        with reading(self._engine) as connection:
            found = _keys(connection, ids)
        if missing := [one for one in ids if one not in found]:
            with writing(self._engine) as connection:
                self._make(connection, missing)
                # Another gateway may have been first: what is there counts.
                found = _keys(connection, ids)
        return found, self._wrapping.unwrap(wrapped, PSEUDONYMS)

    def _pseudonyms(self) -> bytes:
        return self._random(secret.BYTES, PSEUDONYMS)

    def _make(self, connection: Connection, ids: Sequence[str]) -> None:
        now = self._clock()
        rows = [
            {"incident_id": one, "key": self._random(seals.KEY_BYTES, one), "created_at": now}
            for one in ids
        ]
        connection.execute(insert_new(connection, sealing, "incident_id"), rows)

    def _random(self, size: int, name: str) -> bytes:
        return self._wrapping.wrap(secrets.token_bytes(size), name)

    def _kept(self, incident_id: str) -> bytes | None:
        with reading(self._engine) as connection:
            return _keys(connection, [incident_id]).get(incident_id)


def _keys(connection: Connection, ids: Sequence[str]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for some in _parts(ids):
        query = select(sealing).where(sealing.c.incident_id.in_(some))
        found |= {row.incident_id: row.key for row in connection.execute(query)}
    return found


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[n : n + _AT_ONCE] for n in range(0, len(ids), _AT_ONCE))


def purge(engine: Engine) -> None:
    """Let the database's files forget what was discarded: its journal, or old rows."""
    forget = {"sqlite": "PRAGMA wal_checkpoint(TRUNCATE)", "postgresql": "VACUUM gateway_sealing"}
    raw = engine.raw_connection()
    try:
        if engine.dialect.name == "postgresql":
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
        raw.cursor().execute(forget[engine.dialect.name])
    finally:
        raw.invalidate()
        raw.close()
