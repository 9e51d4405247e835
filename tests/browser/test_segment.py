"""The page of a segment: where it stands and why, as it is known now or was known then."""

import re
import time
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from schemas.assessment import Level
from services.moments import utc_now
from tests.browser.conftest import looking
from tests.browser.desk import ACKNOWLEDGED, CALM, Desk
from tests.browser.seen import Seen
from tests.console.story import ALERT, HEARSAY, SECOND, SHOTS, SOURCE, assessed, story

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORIED, QUIET = "KGZ-TJK-050-12", "KGZ-TJK-050-14"
"""Segments: on which the day of ``story`` has passed, and of which nothing was said yet."""

PUSH_S = 2.0
"""Within what a level is on the page after it was written to the ledger [s]."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def told(desk: Desk) -> None:
    """Let the day have passed."""
    desk.write(lambda tape: story(tape, utc_now(), STORIED))


async def test_the_page_says_where_the_segment_stands_and_why(seen: Seen) -> None:
    began = time.perf_counter()
    await _open(seen, STORIED)
    await seen.page.wait_for_selector(".chart svg")
    print(f"segment page ready after {time.perf_counter() - began:.2f} s")
    content = seen.page.locator(".content")
    for said in (
        "▲ watch",
        "13.0 %",
        "shots fired at people here",
        "deaths: raises the odds",
        "lulls: lowers the odds",
        "words on ELSEWHERE-1",
        "Length as drawn",
        "State border treaty",
    ):
        await expect(content).to_contain_text(said)
    rung = seen.page.locator("[aria-current=step]")
    await expect(rung).to_contain_text("shots fired at people")
    alert = seen.page.get_by_role("link", name=re.compile("The alert of"))
    await expect(alert).to_have_attribute("href", re.compile(f"/alert/{ALERT}$"))


async def test_incidents_have_their_claims_grades_and_what_became_of_them(seen: Seen) -> None:
    await _open(seen, STORIED)
    items = seen.page.locator(".timeline > li")
    await expect(items).to_have_count(3)
    shots = items.filter(has_text=f"{SHOTS}, first")
    await expect(shots).to_contain_text("Killed: 3 (2-5)")
    await expect(shots.get_by_role("row", name="Kyrgyz officials")).to_contain_text("KGZ2-")
    await expect(shots.get_by_role("row", name="Tajik officials")).to_contain_text("TJK1-3")
    await expect(shots).to_contain_text("Graded B1: usually reliable; confirmed")
    await expect(shots).to_contain_text(SOURCE)
    await expect(shots.get_by_role("link", name=SECOND)).to_be_visible()
    await shots.locator("summary").click()
    await expect(shots).to_contain_text("a second man has died")
    gone = items.filter(has_text=f"{HEARSAY}, first")
    await expect(gone).to_contain_text("Retracted: they were combine harvesters")
    struck = gone.get_by_text("Tanks are said to move.").first
    await expect(struck).to_have_css("text-decoration-line", "line-through")
    await expect(items.filter(has_text=f"{SECOND}, first")).not_to_contain_text("Retracted")


async def test_a_chart_has_a_name_and_its_figures_as_a_table(seen: Seen) -> None:
    await _open(seen, STORIED)
    chart = seen.page.get_by_role("img", name=f"Probabilities on {STORIED} over time")
    await expect(chart.locator("svg")).to_be_visible()
    await seen.page.get_by_text("The figures as a table").first.click()
    table = seen.page.get_by_role("region", name=f"Probabilities on {STORIED}")
    await expect(table.get_by_role("row")).to_have_count(4)
    await expect(table).to_contain_text("13.0 %")


async def test_the_drawing_follows_the_theme_when_it_is_turned(seen: Seen) -> None:
    await _open(seen, STORIED)
    await seen.page.wait_for_selector(".chart svg")
    drawn = seen.page.locator(".chart svg path[stroke='var(--chart-1)']").first
    before = await drawn.evaluate("path => getComputedStyle(path).stroke")
    await seen.page.get_by_role("button", name="Light or dark").click()
    await expect(seen.page.locator("body")).to_have_class(re.compile("body--dark"))
    after = await drawn.evaluate("path => getComputedStyle(path).stroke")
    assert (before, after) == ("rgb(17, 17, 17)", "rgb(245, 245, 245)")


async def test_the_page_meets_wcag_at_levels_a_and_aa(seen: Seen) -> None:
    await _open(seen, STORIED)
    await seen.page.wait_for_selector(".chart svg")
    assert await seen.everywhere() == []


async def test_everything_is_in_the_language_and_by_the_clock_of_the_one_who_looks(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk, locale="ru-RU", timezone_id="Asia/Bishkek") as seen:
        await _open(seen, STORIED)
        content = seen.page.locator(".content")
        await expect(content).to_contain_text("Лестница эскалации")
        await expect(content).to_contain_text("Отозвано: they were combine harvesters")
        await expect(seen.page.locator("time").first).to_contain_text("по вашему времени")
        assert await seen.page.get_by_text("words on ELSEWHERE-1").get_attribute("lang") == "en"


async def test_a_page_with_a_time_shows_what_was_known_then_and_its_links_keep_it(
    seen: Seen,
) -> None:
    then = f"{utc_now() - timedelta(hours=5, minutes=30):%Y-%m-%dT%H:%M}Z"
    await _open(seen, STORIED, as_of=then)
    content = seen.page.locator(".content")
    await expect(content).to_contain_text("14.0 %")
    await expect(seen.page.locator(".timeline > li")).to_have_count(1)
    await expect(content).not_to_contain_text("a second man has died")
    await expect(seen.page.get_by_role("link", name="Open alert")).to_be_visible()
    for name in ("a year", "KGZ-TJK-050-11", "Open alert"):
        link = seen.page.get_by_role("link", name=name, exact=True)
        await expect(link).to_have_attribute("href", re.compile("as_of="))
    await seen.page.get_by_role("link", name="KGZ-TJK-050-11").click()
    await expect(seen.page.get_by_role("heading", level=1)).to_contain_text("KGZ-TJK-050-11")
    await expect(seen.page.get_by_text("This is what was known at")).to_be_visible()


async def test_a_new_level_is_on_the_page_within_two_seconds(seen: Seen, desk: Desk) -> None:
    await _open(seen, QUIET)
    await expect(seen.page.locator(".content")).to_contain_text("No step of the ladder")
    await seen.page.evaluate("window.sameDocument = true")
    desk.write(lambda tape: assessed(tape, utc_now(), QUIET, level=Level.CRITICAL))
    written = time.perf_counter()
    summary = seen.page.locator(".part").first
    await expect(summary).to_contain_text("■ critical", timeout=PUSH_S * 1000)
    print(f"level on the page {time.perf_counter() - written:.2f} s after its record")
    await expect(seen.page.locator("[aria-current=step]")).to_contain_text("shots fired")
    await seen.page.wait_for_selector(".chart svg")
    assert (await seen.level(QUIET))["level"] == "critical"
    assert await seen.page.evaluate("window.sameDocument")


async def test_what_is_not_watched_is_told_in_the_frame_with_what_to_do(seen: Seen) -> None:
    seen.expected.add("404")
    answer = await seen.page.goto("/console/segment/KGZ-TJK-050-99")
    assert answer is not None
    assert answer.status == 404
    told = seen.page.get_by_role("alert")
    await expect(told).to_contain_text("'KGZ-TJK-050-99' is not watched here; did you mean KGZ-")
    assert await seen.violations() == []


async def test_a_border_as_a_whole_has_a_page_that_leads_to_its_segments(seen: Seen) -> None:
    await _open(seen, "KGZ-TJK")
    await expect(seen.page.locator(".content")).to_contain_text("Nothing has been said of its risk")
    await seen.page.get_by_role("link", name=STORIED).click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(f"Segment {STORIED}")


async def test_cards_the_map_and_an_id_lead_from_the_present_to_a_segment(seen: Seen) -> None:
    await seen.now()
    await seen.page.get_by_role("link", name=f"More on {ACKNOWLEDGED}").first.click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(f"Segment {ACKNOWLEDGED}")
    await seen.now()
    await seen.page.evaluate(
        """id => {
          const map = getElement(+document.querySelector(".segment-map").id.slice(1));
          map.lines[id].fire("click");
        }""",
        CALM,
    )
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(f"Segment {CALM}")
    await seen.now()
    await seen.page.get_by_label("Segment", exact=True).fill(QUIET)
    await seen.page.keyboard.press("Enter")
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(f"Segment {QUIET}")


async def _open(seen: Seen, place_id: str, as_of: str = "") -> None:
    """Open the page of a place, and wait until its map is drawn and its updates come."""
    query = f"?as_of={as_of}" if as_of else ""
    await seen.page.goto(f"/console/segment/{place_id}{query}")
    await seen.ready()
