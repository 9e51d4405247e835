"""What a secured cluster asks of the settings: authorities to trust, and a user to be."""

import ssl
from collections.abc import Mapping
from pathlib import Path

from services.variables import PREFIX, BadSetting


def tls(authorities: Path | None) -> ssl.SSLContext:
    """Return a context that trusts ``authorities`` alone; None: those of the system.

    Raises
    ------
    BadSetting
        The file cannot be read, or holds none.
    """
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        # An error of TLS has no plain word; its own names a line of a library.
        why = type(error).__name__ if isinstance(error, ssl.SSLError) else error.strerror
        msg = (
            f"{PREFIX}KAFKA__SSL_CAFILE: found {str(authorities)!r}, which cannot be used ({why}); "
            "expected a readable file with the certificates of authorities in PEM"
        )
        raise BadSetting(msg) from None


def check_user(protocol: str, given: Mapping[str, object]) -> None:
    """Check that there is what SASL needs: ``given`` by the setting of each.

    Raises
    ------
    ValueError
        Something is missing.
    """
    for name, value in given.items():
        if protocol.startswith("SASL") and not value:
            msg = (
                f"{PREFIX}KAFKA__{name.upper()}: is not set; expected one, since "
                f"{PREFIX}KAFKA__SECURITY_PROTOCOL is {protocol}"
            )
            raise ValueError(msg)
