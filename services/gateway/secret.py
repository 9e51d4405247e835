"""The keys that the gateway signs with: from the secret of the settings, or made once and kept."""

import hmac
import secrets as random

from pydantic import SecretStr
from sqlalchemy import Engine, select

from services.gateway import tables
from services.ledger.database import reading, writing
from services.ledger.repeats import insert_new

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
    table = tables.secrets
    query = select(table.c.value).where(table.c.name == use)
    with reading(own) as connection:
        kept: bytes | None = connection.execute(query).scalar()
    if kept is None:
        # Of two gateways that start at once, both go on with the key of one.
        with writing(own) as connection:
            made = {"name": use, "value": random.token_bytes(32)}
            connection.execute(insert_new(connection, table), made)
            kept = connection.execute(query).scalar_one()
    return kept
