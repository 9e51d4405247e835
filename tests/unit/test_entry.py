"""The program's first seconds."""

import sys
from types import ModuleType

import pytest

from services import entry


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
