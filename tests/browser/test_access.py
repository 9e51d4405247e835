"""Whoever looks can: WCAG 2.2 A and AA, the keyboard, a telephone, another language or theme."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import looking
from tests.browser.desk import Desk
from tests.browser.seen import Seen

pytestmark = pytest.mark.asyncio(loop_scope="session")

NARROW, WIDE = 360, 1280


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_meets_wcag_at_levels_a_and_aa(
    browser: Browser, desk: Desk, theme: str, width: int
) -> None:
    how = {"color_scheme": theme, "viewport": {"width": width, "height": 740}}
    async with looking(browser, desk, **how) as seen:
        await seen.now()
        await expect(seen.page.locator("body")).to_have_class(_with(f"body--{theme}"))
        assert await seen.violations() == []
        wider = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"the page is {wider} px wider than the screen"


async def test_an_unknown_address_is_told_in_the_frame_and_accessibly(seen: Seen) -> None:
    seen.expected.add("404")
    answer = await seen.page.goto("/console/nowhere/at-all")
    assert answer is not None
    assert answer.status == 404
    await expect(seen.page.get_by_role("alert")).to_contain_text("/nowhere/at-all")
    assert await seen.violations() == []
    await seen.page.get_by_role("link", name="Now").click()
    await seen.ready()


async def test_the_language_stays_chosen_after_a_reload(seen: Seen) -> None:
    await seen.now()
    await seen.page.get_by_label("Language").click()
    await seen.page.get_by_role("option", name="Русский").click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Сейчас")
    await seen.page.reload()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Сейчас")
    await expect(seen.page.locator("html")).to_have_attribute("lang", "ru")


async def test_a_browser_that_asks_for_russian_gets_it(browser: Browser, desk: Desk) -> None:
    async with looking(browser, desk, locale="ru-RU") as seen:
        await seen.now()
        await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Сейчас")


async def test_the_theme_stays_chosen_after_a_reload(seen: Seen) -> None:
    await seen.now()
    await seen.page.get_by_role("button", name="Light or dark").click()
    await expect(seen.page.locator("body")).to_have_class(_with("body--dark"))
    await seen.page.reload()
    await expect(seen.page.locator("body")).to_have_class(_with("body--dark"))


async def test_the_keyboard_reaches_the_skip_link_first_and_every_card(seen: Seen) -> None:
    await seen.now()
    await seen.page.keyboard.press("Tab")
    assert await _focused(seen) == "Skip to the content"
    await seen.page.keyboard.press("Enter")
    buttons = seen.page.locator("article button")
    cards = await buttons.all_inner_texts()
    assert len(cards) >= 2
    before, reached = list[str](), list[str]()
    while len(reached) < len(cards) and len(before) < 40:
        await seen.page.keyboard.press("Tab")
        on_card = await seen.page.evaluate("document.activeElement.matches('article button')")
        (reached if on_card else before).append(await _focused(seen))
    assert reached == cards
    assert "Light or dark" not in before, "the navigation is skipped"


async def _focused(seen: Seen) -> str:
    found: str = await seen.page.evaluate(
        "document.activeElement.innerText || document.activeElement.ariaLabel || ''"
    )
    return found


def _with(name: str) -> "re.Pattern[str]":
    return re.compile(rf"(^|\s){name}(\s|$)")
