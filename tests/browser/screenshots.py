"""Makes the pictures of the console that README and docs show: ``make screenshots``.

A ledger is filled with the case of the demonstration by the worker's own handlers, a gateway serves
it by the log's clock, and Chromium looks at each page as it stood at a moment of the fighting.
"""

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from services.composition import engine
from services.ledger import database
from services.ledger.store import Store
from services.local.process import child
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from tests.browser.conftest import CHROMIUM, START_S
from tests.browser.gateway import WATCHED
from tests.ledger.builders import Tape

IMAGES = Path(__file__).parents[2] / "docs" / "images"

MOST_BYTES = 200_000
"""How large a picture may be."""

FIGHTING = "2022-09-16T09:00Z"
"""The first day of the fighting along the whole border, as it was known at its morning."""

ALERT = "KGZ-TJK-050-02:20210428T130000.000000Z"
"""The alert of the days before, when stones became mortars within hours."""

MAP, CHART = ".segment-map[data-ready=true]", ".chart svg"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture.

    Parameters
    ----------
    name
        Of its file.
    path
        Address of the page, below the console.
    ready
        What is there once the page is drawn.
    height
        How much of the page is shown [pixels].
    """

    name: str
    path: str
    ready: str
    height: int = 800


SHOTS = (
    Shot("now", f"/?as_of={FIGHTING}", MAP),
    Shot("time", f"/time?as_of={FIGHTING}", MAP, 1000),
    Shot("alerts", f"/alerts?as_of={FIGHTING}", ".history .card"),
    Shot("alert", f"/alert/{ALERT}?as_of=2021-04-29T18:00Z", ".history", 1080),
    Shot("segment", "/segment/KGZ-TJK-050-02?as_of=2021-04-29T18:00Z&days=365", CHART, 1400),
    Shot("daily", "/daily?day=2022-09-16&border=KGZ-TJK", ".border-day", 1300),
    Shot("report", "/report?incident=KGTJ-024", MAP, 1300),
    Shot("model", f"/model?as_of={FIGHTING}", CHART, 1100),
)
"""Every picture that README and docs show, one a line."""

WIDTH = 1280


async def fill(folder: Path) -> None:
    """Make a ledger that holds the whole case."""
    settings = Settings(borders=WATCHED, data_dir=folder)
    tape = Tape()
    memory = MemoryLog(engine(settings), 1, tape.take, at_once=256)
    await drive(events(case(), read(case())), memory)
    ledger = database.connect(database.url(settings))
    try:
        tape.feed(Store(ledger))
    finally:
        ledger.dispose()


async def take(browser: Browser, address: str, shot: Shot) -> bytes:
    """Return a picture of a page as PNG with a palette."""
    context = await browser.new_context(
        base_url=address,
        viewport={"width": WIDTH, "height": shot.height},
        locale="en-GB",
        timezone_id="Asia/Bishkek",
        color_scheme="light",
        reduced_motion="reduce",
    )
    try:
        page = await context.new_page()
        await page.goto(f"/console{shot.path}")
        await page.wait_for_selector(shot.ready)
        await page.wait_for_function("window.socket?.connected && document.fonts.ready")
        await page.wait_for_load_state("networkidle")
        return with_palette(await page.screenshot(animations="disabled"))
    finally:
        await context.close()


def with_palette(png: bytes) -> bytes:
    """Return a picture in 256 colours: a third of its size, and nobody sees the difference."""
    written = BytesIO()
    found = Image.open(BytesIO(png)).convert("RGB")
    # Other ways to choose the colours lose rare ones, such as that of a level.
    chosen = found.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    chosen.save(written, "PNG", optimize=True)
    return written.getvalue()


async def main(names: list[str]) -> int:
    """Write the pictures of ``names``, or all of them; return the exit code."""
    if not Path(CHROMIUM).exists():
        print(f"no Chromium at {CHROMIUM} (package chromium, or FOREWARN_TEST_CHROMIUM)")
        return 1
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    IMAGES.mkdir(exist_ok=True)
    too_large = 0
    with tempfile.TemporaryDirectory() as place:
        folder, log = Path(place), Path(place) / "gateway.log"
        await fill(folder)
        command = [sys.executable, "-m", "tests.browser.gateway", place]
        # The present is the end of the log, whenever the pictures are taken.
        async with child(command, log, os.environ | {"FOREWARN_WORKER__CLOCK": "log"}):
            address = await _address(log)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
                )
                for shot in wanted:
                    found = await take(browser, address, shot)
                    (IMAGES / f"{shot.name}.png").write_bytes(found)
                    too_large += len(found) > MOST_BYTES
                    print(f"docs/images/{shot.name}.png  {len(found) // 1000} kB")
                await browser.close()
    if too_large:
        print(f"{too_large} of them larger than {MOST_BYTES // 1000} kB: show less of the page")
    return 1 if too_large else 0


async def _address(log: Path) -> str:
    async with asyncio.timeout(START_S):
        while not (log.exists() and "http://" in log.read_text()):
            await asyncio.sleep(0.1)
    return next(line for line in log.read_text().splitlines() if line.startswith("http://"))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
