"""Seals who reported: pseudonyms for all, the names for who has the incident's key: pure."""

import base64
import hashlib
import hmac

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from schemas.incident import IncidentReport, Source

KEY_BYTES = 64
"""Of an incident's key: AES-256-SIV takes two of 256 bits (RFC 5297)."""

_PURPOSE = b"forewarn sealed sources 1"


def pseudonym(name: str, secret: bytes) -> str:
    """Return what stands for a name: equal for names that the fold takes for equal.

    The fold's fingerprints leave out case and outer blanks; without ``secret`` nobody can try
    out names.
    """
    told = name.strip().casefold().encode()
    return f"source-{hmac.new(secret, told, hashlib.sha256).hexdigest()[:32]}"


def hidden(report: IncidentReport, secret: bytes) -> IncidentReport:
    """Return a report whose sources have pseudonyms and no addresses."""
    sources = tuple(
        s.model_copy(update={"name": pseudonym(s.name, secret), "url": None})
        for s in report.sources
    )
    return report.model_copy(update={"sources": sources, "sealed": None})


def closed(report: IncidentReport, key: bytes, secret: bytes) -> IncidentReport:
    """Return a report whose sources can be told with ``key`` alone.

    The same report gives the same bytes: AES-SIV needs no random number (RFC 5297).
    """
    names = orjson.dumps([[s.name, s.url] for s in report.sources])
    text = base64.urlsafe_b64encode(AESSIV(key).encrypt(names, _bound(report))).rstrip(b"=")
    return hidden(report, secret).model_copy(update={"sealed": text.decode()})


def opened(report: IncidentReport, key: bytes) -> IncidentReport | None:
    """Return a report as it was before it was sealed; None where ``key`` did not seal it."""
    text = report.sealed or ""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        names = orjson.loads(AESSIV(key).decrypt(sealed, _bound(report)))
    except (InvalidTag, ValueError):
        return None
    if len(names) != len(report.sources):
        return None
    sources = tuple(
        _named(source, *told) for source, told in zip(report.sources, names, strict=True)
    )
    return report.model_copy(update={"sources": sources, "sealed": None})


def _named(source: Source, name: str, url: str | None) -> Source:
    return source.model_copy(update={"name": name, "url": url})


def _bound(report: IncidentReport) -> list[bytes]:
    """Return what a ciphertext belongs to: it opens nowhere else."""
    return [_PURPOSE, report.incident_id.encode(), str(report.revision).encode()]
