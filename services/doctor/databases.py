"""Whether the databases answer, and have the tables of this version."""

from collections.abc import Sequence

from pydantic import SecretStr
from sqlalchemy import text

from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, not_applicable, ok, warning
from services.doctor.looking import NotThere, locked_out, looking
from services.gateway.tables import GATEWAY
from services.ledger import migrate
from services.ledger.database import LEDGER, Kind, place, reading
from services.notifier.place import NOTIFIER


async def ledger(case: Case) -> Finding:
    """Look at the read model."""
    return await _database(case, LEDGER, case.settings.ledger.url)


async def gateway(case: Case) -> Finding:
    """Look at the gateway's own database: keys, audit, keys of sealed names."""
    return await _database(case, GATEWAY, case.settings.gateway.url)


async def notifier(case: Case) -> Finding:
    """Look at the notifier's database, where there is to be one."""
    if case.settings.notifier.config is None:
        return not_applicable("no notifier is set up")
    return await _database(case, NOTIFIER, case.settings.notifier.url)


def judge(
    kind: Kind, at: str, there: Sequence[str], known: Sequence[str], *, writable: bool = True
) -> Finding:
    """Return whether a database that answers will do.

    Parameters
    ----------
    at
        Where it is, for messages.
    there
        The revisions of its schema; empty where it has no tables of its kind.
    known
        Those that this version knows, the last one last.
    """
    if not writable:
        return failed(f"{at}: this user may not write to it", "run as the user that owns it")
    if not there:
        return warning(f"{at}: nothing in it yet", f"it is made by: {kind.fill}")
    if set(there) - set(known):
        return failed(
            f"{at}: its schema is {there[0]}, from a newer Forewarn; this one knows up to "
            f"{known[-1]}",
            f"upgrade Forewarn, or {kind.advice}",
        )
    if there[-1] != known[-1]:
        return failed(
            f"{at}: not migrated: its schema is {there[-1]}, this version needs {known[-1]}",
            f"back it up, then start with this version, which migrates it: {kind.fill}",
        )
    return ok(f"{at}: answers, schema {known[-1]}")


async def _database(case: Case, kind: Kind, setting: SecretStr | None) -> Finding:
    where = place(setting, case.settings.data_dir, kind)
    known = migrate.known(kind.schema)

    def there() -> tuple[str, ...]:
        try:
            with looking(where) as engine, reading(engine) as connection:
                connection.execute(text("SELECT 1"))
                return migrate.current(connection, kind.schema)
        except NotThere:
            return ()

    found = await aside(there)
    writable = not found or not locked_out(where)
    return judge(kind, kind.at(where), found, known, writable=writable)
