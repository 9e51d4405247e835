"""The key that positions are signed with: that of the settings, or one made once and kept."""

import hmac
import secrets as random

from pydantic import SecretStr
from sqlalchemy import Engine, select

from services.gateway import tables
from services.ledger.database import reading, writing
from services.ledger.repeats import insert_new

_NAME = "positions"


def key(own: Engine, setting: SecretStr | None) -> bytes:
    """Return the key.

    Parameters
    ----------
    own
        The gateway's own database, where one is kept when the settings have none.
    """
    if setting is not None:
        # Each use of the one secret has a key of its own.
        return hmac.digest(setting.get_secret_value().encode(), b"forewarn positions", "sha256")
    table = tables.secrets
    query = select(table.c.value).where(table.c.name == _NAME)
    with reading(own) as connection:
        kept: bytes | None = connection.execute(query).scalar()
    if kept is None:
        # Of two gateways that start at once, both go on with the key of one.
        with writing(own) as connection:
            made = {"name": _NAME, "value": random.token_bytes(32)}
            connection.execute(insert_new(connection, table), made)
            kept = connection.execute(query).scalar_one()
    return kept
