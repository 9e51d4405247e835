"""The page of the model: which one serves, how good it is, and what it says now."""

import re
import time

import pytest
from playwright.async_api import expect

from services.moments import utc_now
from tests.browser.desk import Desk
from tests.browser.seen import Seen
from tests.console.story import assessed

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASSESSED = "KGZ-TJK-050-15"
"""A segment of which the model that serves has said something."""


async def test_the_page_tells_of_the_model_its_figures_and_what_it_says_now(
    seen: Seen, desk: Desk
) -> None:
    desk.write(lambda tape: assessed(tape, utc_now(), ASSESSED))
    began = time.perf_counter()
    await _open(seen, "/console/model")
    await seen.page.wait_for_selector(".chart svg")
    print(f"model page ready after {time.perf_counter() - began:.2f} s")
    content = seen.page.locator(".content")
    for said in ("escalation-1", "UCDP", "KGZ-TJK", "12.7 %", "forewarn model health"):
        await expect(content).to_contain_text(said)
    quality = seen.page.get_by_role("region", name="How good it was")
    await expect(quality.get_by_role("row")).to_have_count(5)
    await expect(quality).to_contain_text("0.876 [0.853, 0.892]")
    plots = seen.page.get_by_role("img", name=re.compile("what was said against what happened"))
    await expect(plots).to_have_count(4)
    await expect(content).to_contain_text("differences may be chance")
    drift = seen.page.get_by_role("img", name=re.compile("shares in training and now"))
    await expect(drift).to_have_count(3)
    assert await seen.everywhere() == []


async def test_where_nothing_stands_nothing_is_compared(seen: Seen) -> None:
    await _open(seen, "/console/model?as_of=2020-01-01")
    content = seen.page.locator(".content")
    await expect(content).to_contain_text("No assessment of escalation-1 stands yet")
    await expect(content).to_contain_text("those that serve now")
    drift = seen.page.get_by_role("img", name=re.compile("shares in training and now"))
    await expect(drift).to_have_count(0)


async def test_the_navigation_leads_to_the_model(seen: Seen) -> None:
    await seen.now()
    await seen.page.get_by_role("link", name="Model", exact=True).click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Model")
    link = seen.page.get_by_role("link", name="Model", exact=True)
    await expect(link).to_have_attribute("aria-current", "page")


async def _open(seen: Seen, path: str) -> None:
    await seen.page.goto(path)
    await seen.page.wait_for_function("window.socket?.connected")
