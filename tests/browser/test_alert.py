"""The page of one alert, and what an operator does there."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.command import AcknowledgeCommand, NoteCommand, SilenceCommand
from services.moments import utc_now
from tests.browser.conftest import STRUCK, looking
from tests.browser.desk import Desk
from tests.browser.seen import Seen
from tests.browser.worker import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPERATOR = "Aida Osmonova"


@pytest_asyncio.fixture(loop_scope="session")
async def page(seen: Seen, told: Alert) -> AsyncIterator[Seen]:
    """Its page."""
    await seen.alert(told.alert_id)
    yield seen


async def test_an_operator_acknowledges_once_and_sees_what_the_worker_made_of_it(
    page: Seen, desk: Desk, told: Alert
) -> None:
    worker = Worker(desk)
    await press(page, "a")
    await named(page)
    await page.page.get_by_role("dialog").get_by_role("button", name="Acknowledge").dblclick()
    await expect(page.page.get_by_text("the worker is asked")).to_be_visible()
    await expect(page.page.locator("[data-section=said]")).to_contain_text("Nobody has said")
    command, _ = await worker.obey(told)
    assert isinstance(command, AcknowledgeCommand)
    assert (command.kind, command.author) == ("acknowledge", OPERATOR)
    assert command.level is Level.WARNING, "the level that the operator saw"
    await expect(page.page.get_by_text("Acknowledge: accepted by the worker")).to_be_visible()
    await expect(page.page.locator("[data-section=said]")).to_contain_text(OPERATOR)
    await expect(page.page.get_by_role("button", name="Withdraw")).to_be_visible()
    assert worker.sent() == [], "a double click sends once"
    assert desk.audited()[-1] == ("local", "acknowledgeAlert", told.alert_id, "202")


async def test_a_command_that_is_refused_by_the_worker_is_not_told_as_done(
    page: Seen, desk: Desk
) -> None:
    worker = Worker(desk)
    await press(page, "r")
    await named(page)
    await sends(page, "Resolve")
    await worker.refuse("alert_id: it is not in force on this segment")
    dialog = page.page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text("not accepted. not-open: alert_id")
    await sends(page, "Close")
    said = page.page.locator("[data-section=said]")
    await expect(said).to_contain_text("not accepted. not-open")
    offered = page.page.locator("[data-section=actions]")
    await expect(offered.get_by_role("button", name="Resolve")).to_be_visible()


async def test_while_no_broker_answers_nothing_is_sent_and_it_can_be_tried_again(
    page: Seen, desk: Desk, told: Alert
) -> None:
    worker, away = Worker(desk), desk.folder / "no-broker"
    await press(page, "n")
    dialog = page.page.get_by_role("dialog")
    await sends(page, "Add a note")
    await expect(dialog.get_by_text("Say who you are")).to_be_visible()
    assert await described(page, "Your name") == "Say who you are, in at most 300 characters."
    await named(page)
    await sends(page, "Add a note")
    await expect(dialog.get_by_text("should have at least 1 character")).to_be_visible()
    await dialog.get_by_label("Note").fill("The mayor confirms it.")
    away.touch()
    try:
        await sends(page, "Add a note")
        await expect(dialog.get_by_role("alert")).to_contain_text("nothing was sent")
        assert desk.audited()[-1][3] == "503"
    finally:
        away.unlink()
    assert worker.sent() == []
    await sends(page, "Add a note")
    command, _ = await worker.obey(told)
    assert isinstance(command, NoteCommand)
    said = page.page.locator("[data-section=said]")
    await expect(said).to_contain_text("The mayor confirms it.")
    await expect(said).to_contain_text("accepted by the worker")


async def test_a_silence_begins_with_the_alerts_place_and_level_and_is_ended_from_the_page(
    page: Seen, desk: Desk, told: Alert
) -> None:
    worker = Worker(desk)
    await press(page, "s")
    dialog = page.page.get_by_role("dialog")
    await named(page)
    await expect(dialog.get_by_label("Where")).to_have_value(STRUCK)
    await dialog.get_by_label("Until").fill("tomorrow")
    await sends(page, "Silence")
    await expect(dialog.get_by_text("valid datetime")).to_be_visible()
    await dialog.get_by_role("button", name="For 4 hours").click()
    await sends(page, "Silence")
    command, then = await worker.obey(told)
    assert isinstance(command, SilenceCommand)
    assert (command.segment_id, command.levels) == (STRUCK, (Level.WARNING,))
    lasts = command.ends - utc_now()
    assert timedelta(hours=3, minutes=55) < lasts < timedelta(hours=4, minutes=5)
    silences = page.page.locator("[data-section=silences]")
    await silences.get_by_role("button", name="End the silence").click()
    await sends(page, "End the silence")
    ended, _ = await worker.obey(then)
    assert (ended.kind, ended.author) == ("expire-silence", OPERATOR)
    await expect(silences).to_contain_text("None")


async def test_whoever_types_at_once_keeps_the_field_that_they_type_in(page: Seen) -> None:
    await press(page, "s")
    dialog = page.page.get_by_role("dialog")
    until = dialog.get_by_label("Until")
    await until.fill("2026-12-01 18:00")
    await settled(page)
    # Whoever would take it away once the dialog stands still has done so by then.
    await page.page.wait_for_timeout(500)
    await expect(until).to_be_focused()


async def test_keys_do_nothing_while_one_types_and_can_be_turned_off(page: Seen) -> None:
    await press(page, "n")
    await page.page.get_by_role("dialog").get_by_label("Note").fill("")
    await page.page.keyboard.type("ars")
    await expect(page.page.get_by_role("dialog")).to_have_count(1)
    await page.page.keyboard.press("Escape")
    await expect(page.page.get_by_role("dialog")).to_have_count(0)
    await press(page, "?")
    await page.page.get_by_role("switch", name="Single keys").click()
    await sends(page, "Close")
    await expect(page.page.get_by_role("dialog")).to_have_count(0)
    await page.page.keyboard.press("a")
    # A key that did something would have done it before this answer comes.
    await page.page.get_by_role("button", name="Silence").click()
    await expect(page.page.get_by_role("dialog")).to_have_count(1)
    await expect(page.page.get_by_role("dialog")).to_contain_text("Deliver no message")


async def test_the_page_shows_each_transition_as_it_comes(
    page: Seen, desk: Desk, told: Alert
) -> None:
    changes = {
        "sequence": 2,
        "transition": Transition.ESCALATED,
        "level": Level.CRITICAL,
        "previous_level": Level.WARNING,
        "headline": "CRITICAL: mortars at Ak-Sai",
        "recorded_at": utc_now(),
    }
    desk.write(lambda tape: tape.alert(told.model_copy(update=changes)))
    history = page.page.locator("[data-section=history] li")
    await expect(history).to_have_count(2, timeout=2_000)
    await expect(history.first).to_contain_text("escalated")
    await expect(history.first).to_contain_text("before: warning")
    await expect(page.page.locator("[data-section=head]")).to_contain_text("CRITICAL: mortars")


async def test_an_alert_as_it_was_known_then_offers_nothing_to_do(
    seen: Seen, desk: Desk, told: Alert
) -> None:
    over = {
        "sequence": 2,
        "transition": Transition.RESOLVED,
        "level": Level.NORMAL,
        "recorded_at": told.recorded_at + timedelta(seconds=1),
    }
    desk.write(lambda tape: tape.alert(told.model_copy(update=over)))
    then = told.recorded_at.isoformat().replace("+00:00", "Z")
    await seen.alert(told.alert_id, f"?as_of={quote(then)}")
    await expect(seen.page.locator("[data-section=history] li")).to_have_count(1)
    await expect(seen.page.locator("[data-section=actions]")).to_contain_text("This is the past")
    await expect(seen.page.get_by_role("button", name="Acknowledge")).to_have_count(0)


async def test_an_unknown_alert_is_told_in_the_frame(seen: Seen) -> None:
    seen.expected.add("404")
    answer = await seen.page.goto("/console/alert/A-none%3A2021")
    assert answer is not None
    assert answer.status == 404
    await expect(seen.page.get_by_role("alert")).to_contain_text("no alert A-none:2021")


async def test_a_card_leads_to_its_alert_and_acknowledges_it(
    seen: Seen, desk: Desk, told: Alert
) -> None:
    worker = Worker(desk)
    await seen.now()
    card = seen.page.locator(f'article[data-alert="{told.alert_id}"]')
    await card.get_by_role("button", name="Acknowledge").click()
    await named(seen)
    await sends(seen, "Acknowledge")
    await worker.obey(told)
    await expect(card).to_contain_text(f"acknowledged by {OPERATOR}")
    await card.get_by_role("link", name=told.headline).click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(f"Alert: {STRUCK}")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
async def test_the_page_and_its_dialogs_meet_wcag_at_levels_a_and_aa(
    browser: Browser, desk: Desk, told: Alert, theme: str, width: int
) -> None:
    how = {"color_scheme": theme, "viewport": {"width": width, "height": 740}}
    async with looking(browser, desk, **how) as seen:
        await seen.alert(told.alert_id)
        assert await seen.violations() == []
        wider = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"the page is {wider} px wider than the screen"
        await press(seen, "s")
        await sends(seen, "Silence")
        await expect(seen.page.get_by_text("Say who you are")).to_be_visible()
        await settled(seen)
        assert await seen.violations() == []


async def press(seen: Seen, key: str) -> None:
    """Press a key, and wait for the dialog that it opens."""
    await seen.page.keyboard.press(key)
    await seen.page.get_by_role("dialog").wait_for()


async def named(seen: Seen) -> None:
    """Say who acts, in the dialog that is open."""
    await seen.page.get_by_role("dialog").get_by_label("Your name").fill(OPERATOR)


async def sends(seen: Seen, name: str) -> None:
    """Press the button of the dialog that is open."""
    await seen.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


async def described(seen: Seen, label: str) -> str:
    """Return what a screen reader reads with a field that is told to be wrong."""
    field = seen.page.get_by_role("dialog").get_by_label(label)
    await expect(field).to_have_attribute("aria-invalid", "true")
    found: str = await field.evaluate(
        "(field) => field.getAttribute('aria-describedby').split(' ')"
        ".map((id) => document.getElementById(id)).filter((e) => e.matches('.fault'))"
        ".map((e) => e.innerText).join(' ')"
    )
    return found


async def settled(seen: Seen) -> None:
    """Wait until nothing moves: half faded in, a dialog has no contrast."""
    await seen.page.wait_for_function("document.getAnimations().length === 0")
