"""The list of alerts, and the form of a report."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import IncidentReport, IncidentRetraction, Traffic
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS
from schemas.versions import decode
from services.console.choosing import A_PAGE
from services.moments import utc_now
from tests.browser.conftest import looking
from tests.browser.desk import Desk
from tests.browser.seen import Seen
from tests.browser.worker import Worker
from tests.ledger.builders import Tape, alert

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACE, BUSY = "KGZ-TJK-050-16", "KGZ-TJK-050-17"


async def test_the_list_is_chosen_by_its_address_and_goes_on_page_by_page(
    seen: Seen, desk: Desk
) -> None:
    began = utc_now() - timedelta(days=2)

    def write(tape: Tape) -> None:
        for n in range(A_PAGE + 1):
            at = began + timedelta(minutes=n)
            told = alert(
                1, at, alert_id=f"X-{n}", segment_id=BUSY, opened_at=at, traffic=Traffic.HEARTBEAT,
                headline=f"WATCH: number {n}",
            )  # fmt: skip
            tape.alert(told)
        over = {"sequence": 2, "transition": Transition.RESOLVED, "level": Level.NORMAL}
        tape.alert(told.model_copy(update=over))

    desk.write(write)
    await seen.page.goto("/console/alerts")
    await expect(seen.page.locator("[data-section=alerts]")).not_to_contain_text("number")
    await seen.page.goto(f"/console/alerts?traffic=heartbeat&segment={BUSY}")
    items = seen.page.locator("[data-section=alerts] li")
    await expect(items).to_have_count(A_PAGE)
    await expect(items.first).to_contain_text(f"number {A_PAGE}")
    await expect(items.first).to_contain_text("resolved")
    await seen.page.get_by_role("link", name="Older alerts").click()
    await expect(items).to_have_count(1)
    await expect(items).to_contain_text("number 0")
    await seen.page.get_by_role("link", name="The latest alerts").click()
    await expect(items).to_have_count(A_PAGE)
    await seen.page.wait_for_function("window.socket?.connected")
    await seen.page.get_by_label("State").click()
    await seen.page.get_by_role("option", name="over").click()
    await seen.page.get_by_role("button", name="Show", exact=True).click()
    await expect(items).to_have_count(1)
    assert seen.page.url.endswith(f"?traffic=heartbeat&state=ended&segment={BUSY}")
    await items.get_by_role("link").click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(f"Alert: {BUSY}")


async def test_an_address_that_chooses_by_what_there_is_not_is_refused(seen: Seen) -> None:
    seen.expected.add("422")
    await seen.page.goto("/console/alerts?level=loud")
    await expect(seen.page.get_by_role("alert")).to_contain_text("level: found 'loud'")


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1280)])
async def test_the_list_and_the_form_meet_wcag_at_levels_a_and_aa(
    browser: Browser, desk: Desk, theme: str, width: int
) -> None:
    # Where there is the least room, in the language that takes the most.
    locale = "ru-RU" if width == 360 else "en-GB"
    how = {"color_scheme": theme, "viewport": {"width": width, "height": 740}, "locale": locale}
    async with looking(browser, desk, **how) as seen:
        await seen.page.goto("/console/alerts")
        await expect(seen.page.locator("[data-section=alerts] li").first).to_be_visible()
        assert await seen.violations() == []
        await form(seen)
        await seen.page.locator(".go").click()
        await expect(seen.page.locator("[role=alert].fault:not(:empty)")).to_be_visible()
        await seen.page.wait_for_function("document.getAnimations().length === 0")
        assert await seen.violations() == []
        wider = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"the page is {wider} px wider than the screen"


async def test_a_report_is_judged_as_it_is_typed_placed_on_the_map_and_followed(
    seen: Seen, desk: Desk
) -> None:
    worker = Worker(desk)
    await form(seen)
    latitude = seen.page.get_by_label("Latitude")
    await latitude.fill("97")
    await expect(seen.page.get_by_text("found 97; expected 90 or less")).to_be_visible()
    await expect(latitude).to_have_attribute("aria-invalid", "true")
    await expect(seen.page.get_by_text("This is needed.")).to_have_count(0)
    await seen.page.locator(".segment-map").click(position={"x": 200, "y": 150})
    await expect(latitude).not_to_have_value("97")
    await expect(latitude).not_to_have_attribute("aria-invalid", "true")
    await filled(seen)
    incident_id = await seen.page.get_by_label("Incident id").input_value()
    await seen.page.get_by_role("button", name="Send the report").dblclick()
    became = seen.page.locator("[data-section=became]")
    await expect(became).to_contain_text("Received")
    record = await worker.fold(PLACE)
    sent = decode(INCIDENTS, record.value or b"").data
    assert isinstance(sent, IncidentReport)
    assert (sent.incident_id, sent.revision) == (incident_id, 1)
    assert sent.sources[0].name != "Mission", "who reports is sealed"
    assert str(sent.place.latitude) == await latitude.input_value()
    await expect(became).to_contain_text(f"{PLACE}: counted and assessed")
    await seen.page.reload()
    await expect(seen.page.get_by_role("status").filter(has_text=incident_id)).to_contain_text(
        "has been reported already"
    )
    await expect(seen.page.get_by_label("Event type", exact=True)).to_have_count(0)
    published = ("local", "publishIncident", incident_id, "202")
    assert desk.audited().count(published) == 1, "a double click sends once"
    await seen.page.get_by_role("link", name="Revise it").click()
    await expect(seen.page.get_by_label("Name", exact=True).first).to_have_value("Mission")
    await seen.page.wait_for_function("window.socket?.connected")
    await seen.page.get_by_label("Status").click()
    await seen.page.get_by_role("option", name="retracted").click()
    await seen.page.get_by_label("What was wrong").fill("A rumour.")
    await seen.page.get_by_role("button", name="Send the report").click()
    back = decode(INCIDENTS, (await worker.leave()).value or b"").data
    assert isinstance(back, IncidentRetraction)
    assert (back.incident_id, back.revision, back.status_reason) == (incident_id, 2, "A rumour.")


async def test_a_report_that_is_set_aside_is_told_with_the_reason(seen: Seen, desk: Desk) -> None:
    worker = Worker(desk)
    await form(seen)
    await seen.page.get_by_label("Latitude").fill("0")
    await seen.page.get_by_label("Longitude").fill("0")
    await filled(seen)
    away = desk.folder / "no-broker"
    away.touch()
    try:
        await seen.page.get_by_role("button", name="Send the report").click()
        fault = seen.page.get_by_role("alert").filter(has_text="nothing was sent")
        await expect(fault).to_be_visible()
    finally:
        away.unlink()
    await seen.page.get_by_role("button", name="Send the report").click()
    await worker.reject(RejectReason.TOO_FAR, "9,000 km from any watched border")
    became = seen.page.locator("[data-section=became]")
    await expect(became).to_contain_text("Set aside")
    await expect(became).to_contain_text("too-far: 9,000 km")


async def form(seen: Seen) -> None:
    """Open the form, and wait until what is typed is heard."""
    await seen.page.goto("/console/report")
    await seen.ready()


async def filled(seen: Seen) -> None:
    """Fill in what a report needs besides its coordinates."""
    page = seen.page
    await page.get_by_label("Event type", exact=True).click()
    await page.get_by_role("option", name="Strategic developments").click()
    await page.get_by_label("Sub-event type").click()
    await page.get_by_role("option", name="Stone-throwing").click()
    await page.get_by_label("What happened, in words").fill("Stones near the intake.")
    await page.get_by_label("Place", exact=True).fill("Ak-Sai")
    await page.get_by_label("Name", exact=True).fill("Mission")
