"""A worker ends in order where it can, and at once where that takes too long."""

import asyncio
import threading
from pathlib import Path

import faust
import pytest

from services.risk import ending
from services.risk.ending import RiskApp


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Tell when the process would have been ended at once."""
    found = threading.Event()
    monkeypatch.setattr(ending, "ORDERLY_S", 0.2)
    monkeypatch.setattr(ending, "end_at_once", found.set)
    return found


@pytest.mark.parametrize(("takes_s", "ended"), [(0.6, True), (0.0, False)])
async def test_what_takes_too_long_is_ended_at_once_and_nothing_else(
    at_once: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    takes_s: float,
    ended: bool,
) -> None:
    async def stop(_app: faust.App) -> None:
        await asyncio.sleep(takes_s)

    monkeypatch.setattr(faust.App, "stop", stop)
    app = RiskApp("t", broker="forewarn://127.0.0.1:1", store="fenced://", datadir=str(tmp_path))
    await app.stop()
    await asyncio.sleep(0.4)
    assert at_once.is_set() is ended
