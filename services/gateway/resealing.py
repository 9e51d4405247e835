"""Wraps what the gateway's database keeps under one key by another one."""

from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Column, Connection, Engine, Select, Table, bindparam, select, update

from services.gateway.auditing import COMMAND_LINE, Audit
from services.gateway.keeping import kept
from services.gateway.sealing import PSEUDONYMS, purge
from services.gateway.tables import sealing, secrets
from services.gateway.wrapping import BadSealKey, Wrapping
from services.ledger.database import writing
from services.settings import Settings
from services.terminal import Terminal


def run(settings: Settings, file: Path, console: Terminal) -> None:
    """Wrap by the key of a file what is wrapped by that of the settings, and say so.

    Raises
    ------
    BadSealKey
        The file holds no key, or the settings have another one than the database.
    """
    new = Wrapping(SecretStr(file.read_text().strip()))
    with kept(settings) as own:
        changed = reseal(own, Wrapping(settings.gateway.seal_key), new)
        Audit(own).add(COMMAND_LINE, "gateway reseal", "", f"{changed} keys")
    said = f"wrapped the keys of {changed} incidents anew; start the gateways with the new key"
    console.say(said)


def reseal(engine: Engine, old: Wrapping, new: Wrapping) -> int:
    """Wrap what ``old`` opens by ``new``, all or nothing; return of how many incidents it was.

    What ``new`` opens is left as it is, so that it can be done again. What is sealed, and the
    pseudonyms, stay the same.

    Raises
    ------
    BadSealKey
        Neither of them opens a key.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "sqlite":
            # What SQLite frees it leaves in the file otherwise.
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        name, key = secrets.c.name, sealing.c.key
        changed = _wrapped(connection, (sealing, sealing.c.incident_id, key), old, new)
        _wrapped(connection, (secrets, name, secrets.c.value), old, new, only=PSEUDONYMS)
    purge(engine)
    return changed


def _wrapped(
    connection: Connection,
    where: tuple[Table, Column[str], Column[bytes]],
    old: Wrapping,
    new: Wrapping,
    only: str | None = None,
) -> int:
    table, name, value = where
    query: Select[str, bytes] = select(name, value).where(value.is_not(None))
    found = connection.execute(query if only is None else query.where(name == only)).all()
    rows = [
        {"of": of, "wrapped": new.wrap(old.unwrap(raw, of), of)}
        for of, raw in found
        if not _opens(new, raw, of)
    ]
    if rows:
        one = update(table).where(name == bindparam("of"))
        connection.execute(one.values({value: bindparam("wrapped")}), rows)
    return len(rows)


def _opens(wrapping: Wrapping, raw: bytes, of: str) -> bool:
    """Tell whether a key is wrapped by this wrapping; a plain one is by none."""
    if not Wrapping.wraps(raw):
        return False
    try:
        wrapping.unwrap(raw, of)
    except BadSealKey:
        return False
    return True
