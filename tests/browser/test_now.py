"""The page of the present, as a duty officer sees it."""

import re
import time
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from playwright.async_api import Browser, expect

from schemas.assessment import Level
from services.console.looks import LEVELS, NO_DATA
from services.moments import utc_now
from tests.browser.conftest import looking
from tests.browser.desk import ACKNOWLEDGED, CALM, OFFICER, UNKNOWN, WATCHED, Desk
from tests.browser.seen import Seen

pytestmark = pytest.mark.asyncio(loop_scope="session")

PUSH_S = 2.0
"""Within what an alert is on the page after it was written to the ledger [s]."""


async def test_every_open_alert_has_its_card_with_level_reason_and_who_has_seen_it(
    seen: Seen,
) -> None:
    began = time.perf_counter()
    await seen.now()
    print(f"page ready after {time.perf_counter() - began:.2f} s")
    cards = seen.page.locator("article")
    await expect(cards).to_have_count(2)
    worst, other = cards.nth(0), cards.nth(1)
    await expect(worst).to_contain_text("◆ warning")
    await expect(worst).to_contain_text(ACKNOWLEDGED)
    await expect(worst).to_contain_text("WARNING: warning shots at Kok-Tash")
    await expect(worst).to_contain_text(f"acknowledged by {OFFICER}")
    await expect(other).to_contain_text("▲ watch")
    await expect(other).to_contain_text("not acknowledged")
    await expect(other).to_contain_text(re.compile(r"\(6\d min\)"))


async def test_the_map_shows_each_segment_by_its_level_and_those_of_which_nothing_is_known(
    seen: Seen,
) -> None:
    await seen.now()
    for segment_id, look, level in (
        (CALM, LEVELS[Level.NORMAL], "normal"),
        (WATCHED, LEVELS[Level.WATCH], "watch"),
        (ACKNOWLEDGED, LEVELS[Level.WARNING], "warning"),
        (UNKNOWN, NO_DATA, None),
    ):
        assert await seen.level(segment_id) == {"level": level, "colours": [look.light]}
    assert LEVELS[Level.WARNING].mark in await seen.page.locator(".segment-map").inner_text()


async def test_an_alert_is_on_the_page_within_two_seconds_of_its_record(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk) as seen:
        await seen.now()
        await seen.page.evaluate("window.sameDocument = true")
        cards = await seen.page.locator("article").count()
        headline = "CRITICAL: mortars at Ovchi-Kalacha"
        desk.raise_alert(CALM, Level.CRITICAL, headline)
        written = time.perf_counter()
        await seen.page.get_by_text(headline).wait_for(timeout=PUSH_S * 1000)
        print(f"alert on the page {time.perf_counter() - written:.2f} s after its record")
        await expect(seen.page.locator("article")).to_have_count(cards + 1)
        await expect(seen.page.locator("article").first).to_contain_text(headline)
        # Calls of the map may come after what the page shows anew.
        await seen.page.wait_for_function(
            """id => getElement(+document.querySelector(".segment-map").id.slice(1))
              .lines[id].level === "critical" """,
            arg=CALM,
            timeout=PUSH_S * 1000,
        )
        colours = (await seen.level(CALM))["colours"]
        assert colours == [LEVELS[Level.CRITICAL].light]
        assert await seen.page.evaluate("window.sameDocument")


async def test_a_level_that_no_alert_tells_of_is_on_the_map_within_two_seconds(
    seen: Seen, desk: Desk
) -> None:
    await seen.now()
    desk.say(UNKNOWN, Level.NORMAL)
    await seen.page.wait_for_function(
        """id => {
          const map = getElement(+document.querySelector(".segment-map").id.slice(1));
          return map.lines[id].level === "normal";
        }""",
        arg=UNKNOWN,
        timeout=PUSH_S * 1000,
    )


async def test_the_table_says_in_words_what_the_map_shows_and_leads_to_each_segment(
    seen: Seen,
) -> None:
    await seen.now()
    rows = seen.page.get_by_role("table", name="Segments above normal").locator("tbody tr")
    shown = {await row.locator("th").inner_text(): row for row in await rows.all()}
    assert {WATCHED, ACKNOWLEDGED} <= shown.keys()
    levels = {name: (await seen.level(name))["level"] for name in (*shown, UNKNOWN)}
    assert levels.pop(UNKNOWN) in (None, "normal")
    for name, row in shown.items():
        await expect(row).to_contain_text(f"{LEVELS[Level(levels[name])].mark} {levels[name]}")
        link = row.get_by_role("link", name=name)
        await expect(link).to_have_attribute("href", f"/console/segment/{name}")


async def test_the_legend_explains_every_line_of_the_map_by_mark_and_word(seen: Seen) -> None:
    await seen.now()
    entries = seen.page.get_by_role("list", name="What the lines of the map mean").locator("li")
    said = await entries.all_inner_texts()
    assert said == ["■ critical", "◆ warning", "▲ watch", "○ normal", "? no data"]
    await expect(entries.locator("svg line")).to_have_count(len(said))


async def test_other_traffic_is_a_link_away_and_loudly_another(seen: Seen) -> None:
    await seen.page.goto("/console/?as_of=2021-04-29")
    await seen.ready()
    choice = seen.page.get_by_role("navigation", name="Traffic shown")
    await expect(choice.locator("[aria-current]")).to_have_text("Actual")
    await choice.get_by_role("link", name="Exercise").click()
    await seen.ready()
    await expect(seen.page.get_by_text("Exercise: this is not what happens")).to_be_visible()
    assert seen.page.url.endswith("/console/?as_of=2021-04-29T00%3A00%3A00Z&traffic=exercise")
    await expect(choice.locator("[aria-current]")).to_have_text("Exercise")
    await expect(seen.page.locator("article")).to_have_count(0)
    assert await seen.violations() == []


async def test_a_card_tells_its_moments_in_utc_and_by_the_clock_of_the_one_who_looks(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk, timezone_id="Asia/Bishkek") as seen:
        await seen.now()
        told = seen.page.locator("article time").first
        at = datetime.fromisoformat(await told.get_attribute("datetime") or "")
        there = at + timedelta(hours=6)
        await expect(told).to_contain_text(f"{at:%Y-%m-%d %H:%M}Z")
        await expect(told).to_contain_text(f"{there:%H:%M} your time")


async def test_silence_turns_the_age_of_the_data_into_a_loud_banner_until_it_ends(
    seen: Seen, desk: Desk
) -> None:
    await seen.now()
    age = seen.page.get_by_role("status")
    await expect(age).to_contain_text("Up to date")
    assert "late" not in (await age.get_attribute("class") or "").split()
    desk.ahead(timedelta(hours=30))
    try:
        await expect(age).to_contain_text("LATE")
        await expect(age).to_contain_text("See that the worker, the ledger and the broker run")
        assert "late" in (await age.get_attribute("class") or "").split()
    finally:
        desk.ahead(timedelta())
    await expect(age).to_contain_text("Up to date")


async def test_a_card_shows_its_segment_on_the_map(seen: Seen) -> None:
    await seen.now()
    await seen.page.get_by_role("button", name=f"Show {ACKNOWLEDGED} on the map").click()
    label = seen.page.locator(".segment-label", has_text=ACKNOWLEDGED)
    await expect(label).to_be_visible()


async def test_no_label_of_the_map_covers_another_and_the_worse_level_keeps_its_own(
    seen: Seen,
) -> None:
    await seen.now()
    labels = seen.page.locator(".segment-label")
    boxes = [await labels.nth(n).bounding_box() for n in range(await labels.count())]
    found = [box for box in boxes if box is not None]
    assert len(found) > 2
    for one, other in combinations(found, 2):
        apart = (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )
        assert apart, (one, other)
    await expect(labels.filter(has_text=ACKNOWLEDGED)).to_have_count(1)


async def test_an_address_with_a_time_shows_what_was_known_then(seen: Seen) -> None:
    await seen.now()
    then = f"{utc_now() - timedelta(hours=2, minutes=30):%Y-%m-%dT%H:%M}Z"
    await seen.page.goto(f"/console/?as_of={then}")
    await seen.ready()
    await expect(seen.page.get_by_text("This is what was known at")).to_be_visible()
    await expect(seen.page.locator("article")).to_have_count(1)
    assert (await seen.level(WATCHED))["level"] is None
    assert (await seen.level(ACKNOWLEDGED))["level"] == "warning"
    assert await seen.violations() == []
    await seen.page.get_by_role("link", name="Show what is known now").click()
    await seen.ready()
    await expect(seen.page.get_by_text("This is what was known at")).to_have_count(0)


async def test_a_time_that_is_none_is_refused_with_what_is_expected(seen: Seen) -> None:
    seen.expected.add("422")
    await seen.page.goto("/console/?as_of=yesterday")
    await expect(seen.page.get_by_role("alert")).to_contain_text("as_of: found 'yesterday'")
    assert await seen.violations() == []
