"""A secret that stands wherever one can, and a look through all that is shown."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

import pytest

CANARY = "sentinel-5up3r53cr3t"
"""Stands in every secret of a test: wherever it turns up, a secret has leaked."""

KEY = b64encode(CANARY.encode() * 2).decode()
FORMS = {
    CANARY,
    quote(CANARY, safe=""),
    KEY.rstrip("="),
    b64encode(f"user:{CANARY}".encode()).decode().rstrip("="),
}
"""The ways in which the secret is written on the wire, or in a configuration."""


@pytest.fixture
def shown(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Log everything there is to log, and look through it and all output at the end."""
    caplog.set_level(1)
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    yield
    written = "".join(capfd.readouterr())
    # What the receiver logs of itself is no business of ours.
    ours = [r for r in caplog.get_records("call") if r.name not in ("aiohttp.access", "mail.log")]
    records = [f"{r.name}: {r.getMessage()} {r.exc_text}" for r in ours]
    keep_out(written, *records)


def keep_out(*texts: object) -> None:
    for text in map(str, texts):
        assert not any(form in text for form in FORMS), text
