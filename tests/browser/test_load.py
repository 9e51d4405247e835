"""The world on one map, many consoles on one gateway, and a gateway that is gone."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from schemas.assessment import Level
from services import borders
from services.console.words import Words
from services.moments import utc_now
from tests.browser.conftest import looking, serving
from tests.browser.crowd import Crowd
from tests.browser.desk import CALM, WATCHED, Desk
from tests.browser.seen import Seen
from tests.integration.crowd import memory
from tests.ledger.builders import Tape

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]

CONSOLES = int(os.environ.get("FOREWARN_TEST_CONSOLES", "20"))
ALERTS = int(os.environ.get("FOREWARN_TEST_CONSOLES_ALERTS", "2"))

READY_S = 15.0
"""Within what the world is drawn, on a machine that does much else [s]."""

FRAME_MS = 100.0
"""Within what nineteen of twenty frames come while the map is dragged [ms]."""

PUSH_S = 2.0
"""Within what an alert is on every console after its record [s]."""

SMALL_MB = 3.0
"""What a console may take of the gateway's memory [MB]."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A gateway of its own that watches the world: it is killed in the end."""
    segments = borders.load_segments(None, 50)
    before = utc_now() - timedelta(hours=4)

    def calm(tape: Tape) -> None:
        for segment in segments[1:]:
            tape.assess(before, segment_id=segment.segment_id, level=Level.NORMAL)

    async with serving(tmp_path_factory.mktemp("world"), "all") as found:
        found.write(calm)
        yield found


async def test_the_world_is_drawn_soon_and_can_be_dragged_smoothly(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk) as seen:
        began = time.perf_counter()
        await seen.now()
        ready = time.perf_counter() - began
        drawn = await seen.page.evaluate(
            """() => {
              const map = getElement(+document.querySelector(".segment-map").id.slice(1));
              map.map.setView([40, 60], 3, { animate: false });
              return Object.keys(map.lines).length;
            }"""
        )
        frames = await dragged(seen)
    print(
        f"{drawn} segments ready after {ready:.1f} s; {len(frames)} frames while dragging: "
        f"half within {frames[len(frames) // 2]:.0f} ms, 95% within "
        f"{frames[int(0.95 * len(frames))]:.0f} ms, all within {frames[-1]:.0f} ms"
    )
    assert drawn > 4_000
    assert ready < READY_S
    assert frames[int(0.95 * len(frames))] < FRAME_MS


async def test_an_alert_is_on_each_of_many_consoles_within_two_seconds(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk) as seen, Crowd(f"{desk.url}/console/") as crowd:
        await seen.now()
        alone = memory(desk.pid)
        await crowd.join(CONSOLES)
        took = []
        for number in range(ALERTS):
            headline = f"CRITICAL: shots, told as number {number}"
            heard = asyncio.ensure_future(crowd.hear(headline))
            await asyncio.sleep(0.5)
            desk.raise_alert(CALM if number % 2 else WATCHED, Level.CRITICAL, headline)
            written = time.perf_counter()
            await seen.page.get_by_text(headline).first.wait_for(timeout=PUSH_S * 1000)
            async with asyncio.timeout(30):
                took += [at - written for at in await heard]
        joined = memory(desk.pid)
        took.sort()
    print(
        f"{CONSOLES} consoles and a browser: an alert is on half of them after "
        f"{took[len(took) // 2]:.2f} s, on all after {took[-1]:.2f} s; memory of the gateway "
        f"{alone:.0f} MB with one, {joined:.0f} MB with all"
    )
    assert took[-1] < PUSH_S
    assert joined - alone < 20 + CONSOLES * SMALL_MB


async def test_a_page_whose_gateway_is_killed_says_so_aloud_within_seconds(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk, locale="ru") as other, looking(browser, desk) as seen:
        for page in (seen, other):
            # The browser, too, complains of the connection.
            page.expected |= {"ERR_CONNECTION_REFUSED", "WebSocket"}
            await page.now()
            await expect(page.page.locator(".lost-banner")).to_have_count(0)
        os.kill(desk.pid, signal.SIGKILL)
        killed = time.perf_counter()
        told = seen.page.get_by_role("alert").filter(has_text="NO CONNECTION.")
        await expect(told).to_be_visible(timeout=5_000)
        print(f"told {time.perf_counter() - killed:.1f} s after the gateway was killed")
        await expect(told).to_contain_text("what is shown here is old. Do not rely on it.")
        await expect(seen.page).to_have_title("✖ Now · Forewarn")
        assert "lost" in (await seen.page.locator("body").get_attribute("class") or "").split()
        assert not await seen.page.get_by_text("Trying to reconnect").is_visible()
        ours = other.page.get_by_role("alert")
        await expect(ours).to_contain_text(Words("ru")("connection.lost"))


async def dragged(seen: Seen) -> list[float]:
    """Drag the map to and fro; return how long each frame took, the shortest first [ms]."""
    box = await seen.page.locator(".segment-map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await seen.page.evaluate(
        """() => {
          window.frames_ms = [];
          let last = performance.now();
          const frame = now => {
            frames_ms.push(now - last);
            last = now;
            requestAnimationFrame(frame);
          };
          requestAnimationFrame(frame);
        }"""
    )
    mouse = seen.page.mouse
    for way in (1, -1, 1):
        await mouse.move(x + 150 * way, y)
        await mouse.down()
        for step in range(1, 26):
            await mouse.move(x + (150 - 12 * step) * way, y + 3 * step)
            await asyncio.sleep(0.01)
        await mouse.up()
        await asyncio.sleep(0.2)
    found: list[float] = await seen.page.evaluate("frames_ms")
    return sorted(found)
