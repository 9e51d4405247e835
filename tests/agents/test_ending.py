"""A worker ends in order where it can, and at once where that takes too long."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import faust
import pytest
import structlog

from schemas.rejection import RejectReason
from services.risk import ending, worker
from services.risk.ending import DATA_AT_FAULT, RiskApp
from services.risk.limit import TooManyRejects


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Tell when the process would have been ended at once."""
    found = threading.Event()
    monkeypatch.setattr(ending, "ORDERLY_S", 0.2)
    monkeypatch.setattr(ending, "end_at_once", lambda _app: found.set())
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


REJECTS = TooManyRejects(0.5, 100, Counter({RejectReason.NOT_JSON: 60}))


def app_of(folder: Path, failure: Exception | None) -> RiskApp:
    app = RiskApp("t", broker="forewarn://127.0.0.1:1", store="fenced://", datadir=str(folder))
    app.failure = failure
    return app


def worked(monkeypatch: pytest.MonkeyPatch, app: RiskApp, runs: Callable[[], NoReturn]) -> object:
    """Return the exit code of a worker in whose place ``runs`` is called."""
    faust_worker = SimpleNamespace(execute_from_commandline=runs)
    monkeypatch.setattr(worker, "Worker", lambda *_, **__: faust_worker)
    monkeypatch.setattr(worker, "steadied", lambda: None)
    loop = asyncio.new_event_loop()
    with pytest.raises(SystemExit) as ended:
        worker._work(app, loop)
    loop.close()
    return ended.value.code


@pytest.mark.parametrize(
    ("failure", "code"), [(REJECTS, DATA_AT_FAULT), (ConnectionError("the broker is gone"), 1)]
)
def test_too_many_rejects_have_an_exit_code_of_their_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: Exception,
    code: int,
) -> None:
    ended = worked(monkeypatch, app_of(tmp_path, failure), lambda: sys.exit(0))
    assert (ended, code == 65) == (code, failure is REJECTS)
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {failure}"


def test_a_worker_that_fails_while_it_stops_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = ConnectionError("the broker is gone")

    def fails() -> NoReturn:
        """Make a code of what was raised, as Faust's worker does."""
        try:
            raise why
        except ConnectionError:
            sys.exit(1)

    with structlog.testing.capture_logs() as told:
        assert worked(monkeypatch, app_of(tmp_path, None), fails) == 1
    assert [one["exc_info"] for one in told if one["event"] == "worker failed"] == [why]


@pytest.mark.parametrize(
    ("failure", "code"), [(REJECTS, DATA_AT_FAULT), (ConnectionError("the broker is gone"), 1)]
)
async def test_a_worker_that_ends_at_once_says_what_it_waits_for_and_as_much_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: int
) -> None:
    codes: list[int] = []

    async def stop(_app: faust.App) -> None:
        await asyncio.sleep(0.5)

    monkeypatch.setattr(faust.App, "stop", stop)
    monkeypatch.setattr(ending, "ORDERLY_S", 0.1)
    monkeypatch.setattr(os, "_exit", codes.append)
    app = app_of(tmp_path, failure)
    app.loop = asyncio.get_running_loop()
    with structlog.testing.capture_logs() as told:
        await app.stop()
    assert codes == [code]
    (found,) = (one for one in told[0]["waiting"] if "RiskApp.stop (ending.py:" in one)
    assert ".stop (test_ending.py:" in found, "all the way in"
    assert found.rindex("sleep (tasks.py:") > found.index(".stop (test_ending.py:")
    assert "_run_once (base_events.py:" in told[0]["threads"]["MainThread"]


@pytest.mark.parametrize("code", [0, 1, DATA_AT_FAULT])
def test_a_thread_that_waits_for_ever_does_not_keep_the_process(code: int) -> None:
    program = f"""
import sys, threading
from services import logs
from services.risk import ending

logs.as_lines()
ending.LEAVES_S = 0.2
with ending.leaving():
    threading.Thread(target=threading.Event().wait, name="consumer").start()
    sys.exit({code})
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["event"] == "worker leaves a thread behind"
    assert "wait (threading.py:" in told["threads"]["consumer"]
