"""The page of the past shows what the API says was known then, at once, and its address says so."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from tests.browser.conftest import looking
from tests.browser.desk import ACKNOWLEDGED, CALM, WATCHED, Desk
from tests.browser.seen import Seen

pytestmark = pytest.mark.asyncio(loop_scope="session")

BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
EXERCISE = "/console/time?traffic=exercise"

STEP_S = 1.0
"""Within what the page shows the moment that the slider was let go at [s]; busy machines count."""


def then(months: float) -> datetime:
    """Return a moment of the exercise."""
    return BEGIN + months * MONTH


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def exercise(desk: Desk) -> None:
    """Three years of an exercise, which no other page of the tests shows."""
    own = Traffic.EXERCISE
    for segment_id in (CALM, WATCHED, ACKNOWLEDGED):
        desk.say(segment_id, Level.NORMAL, BEGIN, own)
    one = desk.raise_alert(WATCHED, Level.WATCH, "WATCH: stones", then(4), own)
    one = desk.change(one, Transition.ESCALATED, Level.WARNING, then(5))
    other = desk.raise_alert(CALM, Level.CRITICAL, "CRITICAL: mortars", then(5.5), own)
    desk.change(one, Transition.RESOLVED, Level.NORMAL, then(6))
    desk.change(other, Transition.DE_ESCALATED, Level.WATCH, then(7))
    desk.change(
        other.model_copy(update={"sequence": 2}), Transition.RESOLVED, Level.NORMAL, then(9)
    )
    desk.raise_alert(ACKNOWLEDGED, Level.WATCH, "WATCH: works", then(30), own)
    desk.say(WATCHED, Level.WATCH, then(36), own)


async def test_at_every_moment_the_page_shows_what_the_api_says_was_known_then(
    seen: Seen, desk: Desk
) -> None:
    await opened(seen)
    await seen.page.evaluate("window.sameDocument = true")
    async with httpx.AsyncClient(base_url=desk.url) as api:
        for months in (3.9, 4, 5.2, 5.5, 6, 8, 9, 29, 36):
            at = then(months)
            await typed(seen, at)
            asked = {"as_of": at.isoformat(), "traffic": "exercise"}
            alerts = (await api.get("/v1/alerts", params=asked | {"state": "open"})).json()["items"]
            cards = seen.page.locator("article")
            await expect(cards).to_have_count(len(alerts))
            shown = [await card.get_attribute("data-alert") for card in await cards.all()]
            assert set(shown) == {told["alert_id"] for told in alerts}
            said = (await api.get("/v1/segments", params=asked | {"geometry": "false"})).json()
            levels = {one["id"]: one["properties"]["level"] for one in said["features"]}
            assert {name: (await seen.level(name))["level"] for name in levels} == levels
            above = {name for name, level in levels.items() if level not in (None, "normal")}
            assert await named(table(seen)) == above
    assert await seen.page.evaluate("window.sameDocument"), "the page was loaded anew"


async def test_the_address_is_a_link_to_what_is_shown_and_so_is_every_link(
    seen: Seen, browser: Browser, desk: Desk
) -> None:
    await opened(seen)
    await typed(seen, then(5.5))
    place = "traffic=exercise"
    await expect(seen.page).to_have_url(re.compile(rf"as_of=2019-06-15T00%3A00%3A00Z&{place}$"))
    links = seen.page.locator("article a, table a")
    found = [await link.get_attribute("href") or "" for link in await links.all()]
    assert len(found) >= 4
    assert all("as_of=2019-06-15T00%3A00%3A00Z" in link and place in link for link in found), found
    async with looking(browser, desk) as other:
        await other.page.goto(seen.page.url)
        await other.ready()
        await expect(other.page.locator("article")).to_have_count(2)
        await expect(status(other)).to_contain_text("Known at 2019-06-15 00:00Z: open alerts: 2")


async def test_of_many_moments_wanted_at_once_the_last_is_shown_at_once(seen: Seen) -> None:
    await opened(seen)
    took: float = await seen.page.evaluate(
        """async () => {
          const slider = document.querySelector(".time-slider input");
          const last = +slider.max;
          for (let step = 0; step <= 150; step++) {
            slider.value = last - ((last - +slider.min) * step * 0.83) / 150;
            slider.dispatchEvent(new Event("input"));
            await new Promise(done => requestAnimationFrame(done));
          }
          const began = performance.now();
          const text = document.querySelector(".time-slider output").textContent;
          const status = document.querySelector(".past-status");
          while (!status.textContent.includes(text)) await new Promise(done => setTimeout(done, 5));
          return performance.now() - began;
        }"""
    )
    print(f"settled {took:.0f} ms after 150 moments")
    assert took < 1000 * STEP_S
    await expect(status(seen)).to_contain_text("Known at 2019-07-")


async def test_it_plays_by_a_key_and_stops_by_it_and_never_begins_by_itself(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk, reduced_motion="reduce") as seen:
        await opened(seen, f"{EXERCISE}&as_of=2019-06-15")
        slider = seen.page.get_by_role("slider", name="Moment (UTC)")
        begin = await slider.input_value()
        await asyncio.sleep(0.6)
        assert await slider.input_value() == begin
        await slider.focus()
        await seen.page.keyboard.press("Home")
        await expect(status(seen)).to_contain_text("2019-01-01")
        first = await slider.input_value()
        await seen.page.keyboard.press("Space")
        await expect(seen.page.get_by_role("button", name="Pause")).to_be_visible()
        await seen.page.wait_for_function(
            "first => +document.querySelector('.time-slider input').value > +first", arg=first
        )
        await seen.page.keyboard.press("Space")
        await expect(seen.page.get_by_role("button", name="Play")).to_be_visible()
        await expect(status(seen)).to_contain_text("Known at")
        moment = await seen.page.locator(".time-slider output").text_content()
        assert moment
        await expect(status(seen)).to_contain_text(moment)
        stopped = await slider.input_value()
        await asyncio.sleep(0.6)
        assert await slider.input_value() == stopped


async def test_one_finds_the_next_change_and_the_worst_moment_of_each_year(seen: Seen) -> None:
    await opened(seen)
    await typed(seen, then(3))
    await seen.page.get_by_role("button", name="Next change").click()
    await expect(status(seen)).to_contain_text("Known at 2019-05-01 00:00Z: open alerts: 1")
    await expect(seen.page.get_by_role("button", name="Change before")).to_be_disabled()
    row = seen.page.get_by_role("row", name=re.compile("^2019-06"))
    await expect(row).to_contain_text("critical")
    await row.get_by_role("button").click()
    await expect(status(seen)).to_contain_text("open alerts: 2, the worst at critical")


async def test_what_is_no_moment_is_said_beside_the_field(seen: Seen) -> None:
    await opened(seen)
    await seen.page.get_by_label("Moment, UTC").fill("the day before")
    await seen.page.get_by_role("button", name="Go there").click()
    await expect(seen.page.get_by_text("No moment; write one as")).to_be_visible()
    assert await seen.violations() == []


async def test_a_moment_that_cannot_be_read_is_said_aloud_and_the_next_one_is_shown(
    seen: Seen, desk: Desk
) -> None:
    await opened(seen)
    with desk.away():
        await typed(seen, then(5.5), shown=False)
        await expect(status(seen)).to_contain_text("could not be read")
        assert "late" in (await status(seen).get_attribute("class") or "").split()
    await typed(seen, then(5.5))
    assert "late" not in (await status(seen).get_attribute("class") or "").split()


async def test_traffic_of_which_nothing_is_recorded_has_no_past(seen: Seen) -> None:
    await seen.page.goto("/console/time?traffic=test")
    await expect(seen.page.get_by_text("Nothing has been recorded of this traffic")).to_be_visible()
    await expect(seen.page.get_by_text("Test: this is not what happens")).to_be_visible()
    assert await seen.violations() == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
async def test_the_page_of_the_past_meets_wcag_at_levels_a_and_aa(
    browser: Browser, desk: Desk, theme: str, width: int
) -> None:
    how = {"color_scheme": theme, "viewport": {"width": width, "height": 740}, "locale": "ru"}
    async with looking(browser, desk, **how) as seen:
        await opened(seen, f"{EXERCISE}&as_of=2019-06-15")
        assert await seen.violations() == []
        wider = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"the page is {wider} px wider than the screen"


async def opened(seen: Seen, path: str = EXERCISE) -> None:
    """Open the page, and wait until it shows a moment."""
    await seen.page.goto(path)
    await seen.ready()
    await expect(status(seen)).not_to_be_empty()


async def typed(seen: Seen, at: datetime, *, shown: bool = True) -> None:
    """Type a moment by hand, and wait until it is shown."""
    began = time.perf_counter()
    await seen.page.get_by_label("Moment, UTC").fill(at.isoformat())
    await seen.page.get_by_label("Moment, UTC").press("Enter")
    if shown:
        await expect(status(seen)).to_contain_text(f"Known at {at:%Y-%m-%d %H:%M}Z")
        print(f"{at:%Y-%m-%d} shown after {1000 * (time.perf_counter() - began):.0f} ms")


def status(seen: Seen) -> Locator:
    """Return where it is said what is shown."""
    return seen.page.locator(".past-status")


def table(seen: Seen) -> Locator:
    """Return the rows of the table of segments above normal."""
    return seen.page.get_by_role("table", name="Segments above normal").locator("tbody th")


async def named(found: Locator) -> set[Any]:
    """Return the texts of what is found."""
    return set(await found.all_inner_texts())
