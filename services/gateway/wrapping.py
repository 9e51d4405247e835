"""Wraps secrets of the gateway's database by a key that is not in it."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from services.faults import Fault

VARIABLE = "FOREWARN_GATEWAY__SEAL_KEY"

_PLAIN, _WRAPPED = b"\x00", b"\x01"
_NONCE = 12


class BadSealKey(Fault):
    """The key that wraps the others is none, or another one than what is kept was wrapped by."""


class Wrapping:
    """Wraps and unwraps; without a key what is kept is plain."""

    def __init__(self, setting: SecretStr | None) -> None:
        """Take the key from the settings.

        Raises
        ------
        BadSealKey
            It is not 32 bytes in base64.
        """
        self._cipher = None if setting is None else AESGCM(_key(setting.get_secret_value()))

    @staticmethod
    def wraps(kept: bytes) -> bool:
        """Tell whether what is kept is wrapped, and not plain."""
        return kept[:1] == _WRAPPED

    def wrap(self, secret: bytes, name: str) -> bytes:
        """Return what is kept of a secret; it opens under ``name`` alone."""
        if self._cipher is None:
            return _PLAIN + secret
        nonce = secrets.token_bytes(_NONCE)
        return _WRAPPED + nonce + self._cipher.encrypt(nonce, secret, name.encode())

    def unwrap(self, kept: bytes, name: str) -> bytes:
        """Return a secret.

        Raises
        ------
        BadSealKey
            It was wrapped by another key.
        """
        if not self.wraps(kept):
            return kept[1:]
        nonce, sealed = kept[1 : 1 + _NONCE], kept[1 + _NONCE :]
        try:
            if self._cipher is not None:
                return self._cipher.decrypt(nonce, sealed, name.encode())
        except InvalidTag:
            pass
        why = "unset" if self._cipher is None else "another one"
        msg = f"{VARIABLE}: {why}; expected the key that the gateway's secrets were wrapped by"
        raise BadSealKey(msg)


def _key(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != 32:
        msg = f"{VARIABLE}: expected 32 random bytes in base64; make some: openssl rand -base64 32"
        raise BadSealKey(msg)
    return found
