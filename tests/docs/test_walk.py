"""The commands of the pages, typed one after the other as they stand, at a stack that they start."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.ports import free_port
from tests.conftest import kind_under_test
from tests.docs import elsewhere, material
from tests.docs.pages import ROOT, Command, commands, pages
from tests.docs.shell import Shell, shell

UP = "FOREWARN_WORKER__CLOCK=log .venv/bin/forewarn up"
"""How the README starts the stack at which everything is typed."""

WALKED = [page for page in pages() if str(page.relative_to(ROOT)) not in elsewhere.PAGES]

STAYS = {
    "forewarn topics tail alerts": "raised",
}
"""What is ended by Ctrl-C once it has said this."""


@pytest.fixture(scope="module")
def typing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A folder with the files that the pages name, and a stack that knows the case."""
    folder = tmp_path_factory.mktemp("walk")
    env = {
        "FOREWARN_BORDERS": "KGZ-TJK",
        "FOREWARN_GATEWAY__PORT": str(free_port()),
        "FOREWARN_METRICS__PORT": str(free_port()),
        "FOREWARN_NOTIFIER__CONFIG": "notifier.toml",
    }
    material.write(folder)
    with shell(folder, env) as typed, typed.staying(UP, "Ctrl-C stops"):
        yield typed
