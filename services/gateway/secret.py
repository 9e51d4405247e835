"""The secrets of the gateway: from the secret of the settings, or made once and kept."""

import hmac
import secrets as random
from collections.abc import Callable

from pydantic import SecretStr
from sqlalchemy import Engine, select

from services.gateway import tables
from services.ledger.database import reading, writing
from services.ledger.repeats import insert_new

BYTES = 32
"""Of a secret that is made here."""

POSITIONS = "positions"
"""Signs where a reader stands in the alert stream."""

CONSOLE = "console"
"""Signs the cookie by which the console knows a browser again."""


def key(own: Engine, setting: SecretStr | None, use: str = POSITIONS) -> bytes:
    """Return the key for one use.

    Parameters
    ----------
    own
        The gateway's own database, where one is kept when the settings have none.
    """
    if setting is not None:
        # Each use of the one secret has a key of its own.
        return hmac.digest(
            setting.get_secret_value().encode(), f"forewarn {use}".encode(), "sha256"
        )
    return kept(own, use, lambda: random.token_bytes(BYTES))


def kept(own: Engine, name: str, make: Callable[[], bytes]) -> bytes:
    """Return what is kept under a name; the first time, what ``make`` returns."""
    table = tables.secrets
    query = select(table.c.value).where(table.c.name == name)
    with reading(own) as connection:
        found: bytes | None = connection.execute(query).scalar()
    if found is None:
        # Of two gateways that start at once, both go on with the secret of one.
        with writing(own) as connection:
            connection.execute(insert_new(connection, table), {"name": name, "value": make()})
            found = connection.execute(query).scalar_one()
    return found
