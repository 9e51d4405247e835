"""The program's first seconds."""

import subprocess
import sys
from types import ModuleType

import pytest

from services import entry
from services.version import version

DROPS = """
import signal, sys, time, types

class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGNAL)
        time.sleep(0)

def run():
    end_on_sigterm()
    Finalized()
    time.sleep(60)

sys.modules["services.cli"] = types.SimpleNamespace(main=run)
from services.entry import main
from services.running import end_on_sigterm
main()
"""


@pytest.fixture(autouse=True)
def hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the interpreter of the tests as it was."""
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)


def importing(error: ImportError) -> ModuleType:
    """Return a command line whose libraries fail to load."""

    def run() -> None:
        raise error

    module = ModuleType("services.cli")
    module.main = run  # type: ignore[attr-defined]
    return module


def test_an_interrupt_that_a_compiled_module_hides_ends_quietly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hidden = ImportError("initialization failed")
    hidden.__cause__ = KeyboardInterrupt()
    monkeypatch.setitem(sys.modules, "services.cli", importing(hidden))
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 130


def test_a_library_that_is_missing_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "services.cli", importing(ImportError("no module")))
    with pytest.raises(ImportError, match="no module"):
        entry.main()


@pytest.mark.parametrize(("sent", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_is_not_lost_where_python_drops_what_is_raised(sent: str, code: int) -> None:
    program = [sys.executable, "-c", DROPS.replace("SIGNAL", sent)]
    found = subprocess.run(program, capture_output=True, timeout=30)
    assert (found.returncode, found.stdout, found.stderr) == (code, b"", b"")


def test_what_is_dropped_beside_it_is_told_as_ever(capfd: pytest.CaptureFixture[str]) -> None:
    code = DROPS.replace("signal.raise_signal(signal.SIGNAL)", "raise ValueError('odd')")
    code = code.replace("time.sleep(60)", "pass")
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert "ValueError: odd" in capfd.readouterr().err


@pytest.mark.parametrize(
    "module", ["services.gateway.serving", "services.ledger.cli", "services.notifier.command"]
)
def test_who_scores_nothing_starts_without_the_libraries_of_the_model(module: str) -> None:
    code = f"import {module}, sys; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_program_says_which_build_it_is() -> None:
    command = [sys.executable, "-m", "services.entry", "--version"]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, f"forewarn {version()}\n")
