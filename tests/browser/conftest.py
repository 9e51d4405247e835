"""A gateway with a filled ledger, and a real Chromium that looks at its console."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from services.local.process import child, tail_of
from tests.browser.desk import Desk, filled
from tests.browser.seen import Seen

CHROMIUM = os.environ.get("FOREWARN_TEST_CHROMIUM", "/usr/bin/chromium")

STRUCK = "KGZ-TJK-050-15"
"""The segment of an alert of a test's own."""

# What has to come soon is given its own time.
expect.set_options(timeout=20_000)

START_S = 60.0
"""How long a gateway may take to serve on a busy machine [s]."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; without one the tests are skipped."""
    if not Path(CHROMIUM).exists():
        lacks = f"no Chromium at {CHROMIUM} (package chromium, or FOREWARN_TEST_CHROMIUM)"
        print(f"the console is not tested: {lacks}")
        pytest.skip(lacks)
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        await found.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A gateway that asks for no key, and the ledger that it reads."""
    async with serving(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def seen(browser: Browser, desk: Desk) -> AsyncIterator[Seen]:
    """A page of the console in a browser of its own."""
    async with looking(browser, desk) as found:
        yield found


@pytest.fixture
def told(desk: Desk) -> Iterator[Alert]:
    """An alert of the test's own, which is over when the test is."""
    found = desk.raise_alert(STRUCK, Level.WARNING, "WARNING: warning shots at Ak-Sai")
    yield found
    over = {"sequence": 99, "transition": Transition.RESOLVED, "level": Level.NORMAL}
    desk.write(lambda tape: tape.alert(found.model_copy(update=over)))


@asynccontextmanager
async def looking(browser: Browser, desk: Desk, **how: object) -> AsyncIterator[Seen]:
    """Open a page in a browser that knows nothing yet, and hold it to what every page keeps."""
    asked = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"} | how
    context = await browser.new_context(base_url=desk.url, **asked)  # type: ignore[arg-type]
    try:
        found = Seen(await context.new_page())
        yield found
        found.check()
    finally:
        await context.close()


@asynccontextmanager
async def serving(folder: Path, *which: str) -> AsyncIterator[Desk]:
    """Run a gateway on a ledger that holds what ``filled`` says; ``all`` watches the world."""
    desk = filled(folder)
    log = folder / "gateway.log"
    command = [sys.executable, "-m", "tests.browser.gateway", str(folder), *which]
    async with child(command, log) as process:
        await desk.until(lambda: "http://" in log.read_text() or process.returncode, START_S)
        address = next(
            (li for li in log.read_text().splitlines() if li.startswith("http://")), None
        )
        assert address, tail_of(log)
        desk.url, desk.pid = address, process.pid
        yield desk
    desk.close()
