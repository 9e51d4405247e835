"""Compiled code is kept where it can be, and there without being kept."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import pytest

from models.escalation.compiled import compiled


def twice(x: float) -> float:
    return 2 * x


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config: Any = numba.config
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def kept(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.nb?")}


def test_what_was_compiled_is_used_again(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert compiled(twice, 1.0)(3.0) == 6
    first = kept(folder)
    assert len(first) == 2
    assert compiled(twice, 1.0)(3.0) == 6
    assert kept(folder) == first
    assert not caplog.records


def test_what_cannot_be_read_is_compiled_anew(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled(twice, 1.0)
    for path in kept(folder):
        path.write_bytes(b"neither machine code nor an index")
    assert compiled(twice, 1.0)(3.0) == 6
    assert "compiled code is not kept" in caplog.text


def test_what_can_be_kept_nowhere_is_compiled_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found: dict[str, Any] = {}
    exec("def thrice(x):\n    return 3 * x", found)
    assert compiled(found["thrice"], 1.0)(3.0) == 9
    assert "no locator available" in caplog.text


def test_nothing_is_compiled_or_looked_for_at_import() -> None:
    code = (
        "import numba.core.caching as caching, numba.core.compiler as compiler\n"
        "def refuse(*_, **__): raise AssertionError('at import')\n"
        "caching.FunctionCache.__init__ = compiler.compile_extra = refuse\n"
        "import models.engine\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
