"""API keys: how they are written, and what is kept of one."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from services.gateway.who import Scope

PREFIX = "fwk_"
"""What every key begins with, so that those who scan for secrets recognise one."""

_WRITTEN = re.compile(r"fwk_(?P<key_id>[0-9a-f]{12})_(?P<secret>[0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key: enough to recognise its secret, not enough to tell it."""

    key_id: str
    name: str
    hash: bytes = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, secret: str) -> bool:
        """Tell whether ``secret`` is this key's, in a time that says nothing of how near it is."""
        return hmac.compare_digest(self.hash, digest(secret))

    def refusal(self, now: datetime) -> str | None:
        """Return why the key no longer counts at ``now``, or None when it does."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return f"was revoked at {told(self.revoked_at)}"
        if self.expires_at is not None and self.expires_at <= now:
            return f"expired at {told(self.expires_at)}"
        return None


@dataclass(frozen=True, slots=True)
class Presented:
    """A key as a client sends it."""

    key_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A new key with its secret, which nothing keeps: ``text`` is what the client must send."""

    key: Key
    text: str = field(repr=False)


def make(
    name: str, scopes: frozenset[Scope], created_at: datetime, expires_at: datetime | None
) -> Made:
    """Return a new key with a secret of 256 random bits."""
    key_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    key = Key(key_id, name, digest(secret), scopes, created_at, expires_at)
    return Made(key, f"{PREFIX}{key_id}_{secret}")


def parse(text: str) -> Presented | None:
    """Return the key that ``text`` is, or None when it is none."""
    found = _WRITTEN.fullmatch(text)
    return Presented(found["key_id"], found["secret"]) if found else None


def digest(secret: str) -> bytes:
    """Return what is kept of a secret: its SHA-256 (32 bytes)."""
    return hashlib.sha256(secret.encode()).digest()


def told(moment: datetime) -> str:
    """Return a moment for a message: to the second, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
