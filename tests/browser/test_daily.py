"""The daily report, on the screen and on paper."""

import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from schemas.alert import Transition
from tests.browser.conftest import looking, serving
from tests.browser.desk import WATCHED, Desk
from tests.browser.seen import Seen
from tests.console.days_story import DAY, GONE, LATE, LONG, PLACE, days
from tests.console.story import ALERT, HEARSAY, SECOND, SHOTS
from tests.ledger.builders import Tape, alert

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = f"/console/daily?day={DAY}&border=KGZ-TJK"

MANY, ALERTS = datetime(2021, 6, 1, 6, tzinfo=UTC), 25
"""When more alerts came than a page holds, and how many."""

A4 = (595, 842)
"""Its width and height [points]."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A gateway of its own, since its ledger goes years back."""
    async with serving(tmp_path_factory.mktemp("daily")) as found:
        found.write(days)
        yield found


async def test_the_report_tells_the_day_as_it_was_known_at_its_end(seen: Seen) -> None:
    began = time.perf_counter()
    await _open(seen, HERE)
    print(f"daily report ready after {time.perf_counter() - began:.2f} s")
    levels = seen.page.get_by_role("region", name="Levels")
    await expect(levels.get_by_role("row", name=PLACE)).to_contain_text("○ normal▲ watch▲ rose")
    alerts = seen.page.get_by_role("region", name="Alerts")
    raised = alerts.get_by_role("row").nth(1)
    await expect(raised).to_contain_text("WARNING: shots fired at people at Kok-Tash")
    link = raised.get_by_role("link", name="raised")
    await expect(link).to_have_attribute("href", re.compile(f"/alert/{ALERT}[?]as_of=2021-04-29T"))
    facts = seen.page.locator(".facts")
    await expect(facts).to_contain_text("2021-04-29, from 00:00 to 24:00 UTC")
    await expect(facts).to_contain_text("2021-04-30 00:00Z")
    await expect(facts).to_contain_text("2021-04-29 23:00Z")


async def test_incidents_stand_with_both_sides_claims_and_retracted_ones_visibly_so(
    seen: Seen,
) -> None:
    await _open(seen, HERE)
    incidents = seen.page.get_by_role("region", name="Incidents of the day")
    shots = _row(incidents, SHOTS)
    await expect(shots).to_contain_text("Kyrgyz officials of KGZ: killed 2")
    await expect(shots).to_contain_text("Tajik officials of TJK: killed 1-3")
    await expect(shots.get_by_role("cell").nth(4)).to_have_text("3 (2-5)")
    await expect(_row(incidents, SECOND).get_by_role("cell").nth(4)).to_have_text("unknown")
    await expect(_row(incidents, LONG)).to_contain_text("counted on its first day")
    gone = _row(incidents, HEARSAY)
    await expect(gone).to_contain_text("retractedthey were combine harvesters")
    struck = gone.get_by_text("Tanks are said to move.")
    await expect(struck).to_have_css("text-decoration-line", "line-through")
    sums = seen.page.get_by_role("region", name="Sums")
    await expect(sums.get_by_role("row", name="Killed")).to_contain_text("1; unknown of 1 more")
    news = seen.page.get_by_role("region", name="What became known")
    await expect(_row(news, LATE)).to_contain_text("reported for the first time; killed: 1")
    await expect(_row(news, GONE)).to_contain_text("it was a film")


async def test_by_keyboard_it_is_printed_and_another_day_is_chosen_which_the_address_keeps(
    seen: Seen,
) -> None:
    await _open(seen, HERE)
    await seen.page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    await seen.page.get_by_role("button", name="Print").press("Enter")
    await seen.page.wait_for_function("window.printed === true")
    await seen.page.get_by_role("link", name="The day after").press("Enter")
    await expect(seen.page).to_have_url(re.compile("day=2021-04-30&border=KGZ-TJK"))
    news = seen.page.get_by_role("region", name="What became known")
    await expect(news).to_contain_text("killed: 3 (2-5), now 9")
    day = seen.page.get_by_label("Day", exact=True)
    await day.fill("2021-04-26")
    await day.press("Enter")
    await expect(seen.page).to_have_url(re.compile("day=2021-04-26&border=KGZ-TJK"))
    await expect(seen.page.locator(".content")).to_contain_text("D-OLD")
    await seen.page.get_by_label("Day", exact=True).fill("0001-01-01")
    await seen.page.get_by_role("button", name="Show").press("Enter")
    await expect(seen.page.get_by_text("Give a date from")).to_be_visible()


async def test_without_a_day_the_last_one_is_told_and_says_that_it_is_not_over(seen: Seen) -> None:
    await _open(seen, "/console/daily")
    await expect(seen.page.get_by_role("region", name="Levels")).to_contain_text(WATCHED)
    await expect(seen.page.get_by_text("Interim report")).to_be_visible()
    await expect(seen.page.get_by_role("link", name="The day after")).to_have_count(0)
    current = seen.page.get_by_role("link", name="Daily report")
    await expect(current).to_have_attribute("aria-current", "page")


async def test_what_has_nothing_to_tell_or_cannot_be_told_says_so(seen: Seen) -> None:
    content = seen.page.locator(".content")
    for query, said in (
        ("day=2021-04-20&border=KGZ-TJK", "No incident of this day is on record."),
        ("day=2021-04-29&traffic=test", "No place is above normal"),
        ("day=2021-04-29&as_of=2021-04-28T20:00Z", "this day had not begun"),
    ):
        await seen.page.goto(f"/console/daily?{query}")
        await expect(content).to_contain_text(said)
    assert await seen.violations() == []
    seen.expected |= {"404", "422"}
    for query, status, said in (
        ("day=tomorrow", 422, "day: found 'tomorrow'"),
        ("border=KGZ-TJX", 404, "did you mean KGZ-TJK?"),
    ):
        answer = await seen.page.goto(f"/console/daily?{query}")
        assert answer is not None
        assert answer.status == status
        await expect(seen.page.get_by_role("alert")).to_contain_text(said)


async def test_a_ledger_that_cannot_be_read_is_told_with_a_way_to_try_again(
    seen: Seen, desk: Desk
) -> None:
    with desk.away():
        await seen.page.goto(HERE)
        await expect(seen.page.get_by_role("alert")).to_contain_text("This could not be read")
        assert await seen.violations() == []
    await seen.page.get_by_role("link", name="Try again").click()
    await expect(seen.page.get_by_role("region", name="Levels")).to_contain_text(PLACE)


async def test_the_page_meets_wcag_at_levels_a_and_aa(seen: Seen) -> None:
    await _open(seen, HERE)
    assert await seen.everywhere() == []


async def test_everything_is_in_the_language_and_by_the_clock_of_the_one_who_looks(
    browser: Browser, desk: Desk
) -> None:
    async with looking(browser, desk, locale="ru-RU", timezone_id="Asia/Bishkek") as seen:
        await _open(seen, HERE)
        content = seen.page.locator(".content")
        await expect(content).to_contain_text("Инциденты за сутки")
        await expect(content).to_contain_text("Погибло")
        await expect(seen.page.locator("td time").first).to_contain_text("20:00 по вашему времени")
        headline = seen.page.get_by_text("WARNING: shots").first
        assert await headline.get_attribute("lang") == "en"


async def test_on_paper_it_is_a4_without_navigation_with_a_head_and_a_number_on_each_page(
    browser: Browser, desk: Desk, tmp_path: Path
) -> None:
    async with looking(browser, desk, color_scheme="dark", timezone_id="Asia/Bishkek") as seen:
        await _open(seen, HERE)
        pages = await _printed(seen, tmp_path)
    print(f"the report is of {len(pages)} pages")
    assert 1 < len(pages) <= 3
    for number, page in enumerate(pages, start=1):
        assert f"Daily situation report · {DAY} · KGZ-TJK" in page
        assert f"Page {number} of {len(pages)}" in page
    whole = "\n".join(pages)
    for said in ("Tajik officials of TJK: killed 1-3", "WARNING: shots fired", "it was a film"):
        assert said in whole
    for not_said in ("your time", "Language", "The day after", "Print"):
        assert not_said not in whole


async def test_on_paper_no_row_is_cut_and_a_table_that_goes_on_repeats_its_head(
    seen: Seen, desk: Desk, tmp_path: Path
) -> None:
    desk.write(_many_alerts)
    await _open(seen, f"/console/daily?day={MANY:%Y-%m-%d}")
    pages = await _printed(seen, tmp_path)
    begun = [set(re.findall(r"begins-(\d+)", page)) for page in pages]
    ended = [set(re.findall(r"ends-(\d+)", page)) for page in pages]
    assert begun == ended
    assert [len(found) for found in begun if found] != [ALERTS], "one page holds all of them"
    assert sum(len(found) for found in begun) == ALERTS
    for page, found in zip(pages, begun, strict=True):
        assert ("Recorded" in page and "Why" in page) is bool(found)


def _many_alerts(tape: Tape) -> None:
    for number in range(ALERTS):
        headline = f"begins-{number} {'a place whose name is long; ' * 9} ends-{number}"
        tape.alert(alert(1, MANY, alert_id=f"M-{number}", headline=headline, opened_at=MANY))
        tape.alert(
            alert(
                2, MANY, alert_id=f"M-{number}", headline="over", transition=Transition.EXPIRED,
                opened_at=MANY,
            )
        )  # fmt: skip


async def _open(seen: Seen, path: str) -> None:
    await seen.page.goto(path)
    await seen.page.wait_for_selector(".border-day")


def _row(table: Locator, incident_id: str) -> Locator:
    return table.get_by_role("row").filter(has_text=re.compile(rf"{incident_id}$"))


async def _printed(seen: Seen, folder: Path) -> list[str]:
    """Return the text of each page that Chromium prints; without a reader of PDF nothing is."""
    if shutil.which("pdftotext") is None:
        lacks = "no pdftotext (package poppler-utils)"
        print(f"what is printed is not tested: {lacks}")
        pytest.skip(lacks)
    path = folder / "daily.pdf"
    await seen.page.pdf(path=path, prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", path.read_bytes())
    assert sizes
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {A4}
    found = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
    return [" ".join(page.split()) for page in found.stdout.split("\f")[:-1]]
