"""The console on a line that is slow, breaks for a while, or swallows what is sent."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocketRoute, expect
from sqlalchemy import text

from schemas.alert import Alert
from schemas.command import NoteCommand
from services.gateway import tables
from services.gateway.tables import GATEWAY
from services.ledger import database
from tests.browser.conftest import looking
from tests.browser.desk import Desk
from tests.browser.seen import Seen
from tests.browser.worker import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

SENTENCE = "Stones near the intake, thrown from both banks."


class Line:
    """What a page and the server say to each other after it was opened.

    Attributes
    ----------
    lag_s
        How long anything is on its way [s].
    dead
        Nothing arrives, and nobody is told.
    """

    def __init__(self) -> None:
        self.lag_s, self.dead = 0.0, False

    async def between(self, page: Page) -> None:
        """Put itself between a page and the server."""
        await page.route_web_socket(re.compile("socket.io"), self._joined)

    def _joined(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        browser.on_message(lambda told: self._carry(server, told))
        server.on_message(lambda told: self._carry(browser, told))

    def _carry(self, to: WebSocketRoute, told: str | bytes) -> None:
        if not self.dead:
            asyncio.get_running_loop().call_later(self.lag_s, to.send, told)


@pytest_asyncio.fixture(loop_scope="session")
async def line(seen: Seen) -> AsyncIterator[Line]:
    """The line of a page."""
    found = Line()
    await found.between(seen.page)
    yield found


async def marked(seen: Seen) -> None:
    """Mark the page, so that another one in its place is known."""
    await seen.page.evaluate("window.marked = true")


async def stands(seen: Seen) -> bool:
    """Tell whether it is still the page that was marked."""
    return bool(await seen.page.evaluate("window.marked === true"))


async def test_a_line_of_three_seconds_there_and_back_keeps_its_page(
    seen: Seen, line: Line
) -> None:
    await seen.now()
    await marked(seen)
    line.lag_s = 1.5
    for _ in range(14):
        await asyncio.sleep(1)
        assert await stands(seen)
        assert await seen.page.evaluate("window.socket.connected")
    await expect(seen.page.locator(".lost-banner")).to_have_count(0)


async def test_a_line_that_swallows_all_is_told_of_and_takes_nothing_that_was_typed(
    seen: Seen, line: Line
) -> None:
    await seen.page.goto("/console/report")
    await seen.ready()
    await marked(seen)
    address = seen.page.url
    assert "as=DESK-" in address, "the report has its id before anything is sent"
    words = seen.page.get_by_label("What happened, in words")
    line.dead, since = True, time.time()
    await words.fill(SENTENCE)
    banner = seen.page.locator(".lost-banner")
    await expect(banner).to_be_visible(timeout=15_000)
    took = time.time() - since
    found = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", await banner.inner_text())
    assert found
    heard = datetime.strptime(found[0], "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    print(f"told after {took:.1f} s, as of {since - heard:.1f} s before")
    assert -1 < since - heard < 6, "since it was last heard of, not since that was noticed"
    # By now both ends have given the connection up.
    await asyncio.sleep(8)
    line.dead = False
    await expect(banner).to_have_count(0, timeout=30_000)
    assert await stands(seen)
    await expect(words).to_have_value(SENTENCE)
    await seen.page.reload()
    await seen.ready()
    assert seen.page.url == address
    name = re.search(r"DESK-[^&]+", address)
    assert name
    await expect(seen.page.get_by_label("Incident id")).to_have_value(name[0])


async def test_a_further_source_takes_nothing_from_whoever_types_into_another(
    seen: Seen, line: Line
) -> None:
    await seen.page.goto("/console/report")
    await seen.ready()
    names = seen.page.get_by_label("Name", exact=True)
    line.lag_s = 0.5
    await seen.page.get_by_role("button", name="Add a source").click()
    await names.first.fill(SENTENCE)
    await expect(names).to_have_count(2)
    await asyncio.sleep(1.2)
    await expect(names.first).to_have_value(SENTENCE)


async def test_what_is_sent_is_what_the_page_shows(
    seen: Seen, desk: Desk, line: Line, told: Alert
) -> None:
    worker = Worker(desk)
    await seen.alert(told.alert_id)
    await seen.page.keyboard.press("n")
    dialog = seen.page.get_by_role("dialog")
    await dialog.get_by_label("Your name").fill("Aida Osmonova")
    line.dead = True
    await dialog.get_by_label("Note").fill(SENTENCE)
    await asyncio.sleep(0.3)
    line.dead = False
    await dialog.get_by_role("button", name="Add a note", exact=True).click()
    command, _ = await worker.obey(told)
    assert isinstance(command, NoteCommand)
    assert command.note == SENTENCE


async def test_what_is_pressed_while_a_dialog_is_on_its_way_opens_no_other(
    seen: Seen, line: Line, told: Alert
) -> None:
    await seen.alert(told.alert_id)
    line.lag_s = 0.5
    for key in "nsar":
        await seen.page.keyboard.press(key)
    dialog = seen.page.get_by_role("dialog")
    await dialog.first.wait_for()
    await asyncio.sleep(1.5)
    await expect(dialog).to_have_count(1)
    await expect(dialog.get_by_role("heading")).to_have_text("Add a note")


async def test_a_refusal_that_comes_after_its_dialog_was_closed_is_told_on_the_page(
    seen: Seen, desk: Desk, told: Alert
) -> None:
    away = desk.folder / "no-broker"
    await seen.alert(told.alert_id)
    await seen.page.keyboard.press("n")
    dialog = seen.page.get_by_role("dialog")
    await dialog.get_by_label("Your name").fill("Aida Osmonova")
    await dialog.get_by_label("Note").fill(SENTENCE)
    away.touch()
    try:
        with slow_broker(desk):
            await dialog.get_by_role("button", name="Add a note", exact=True).click()
            await expect(dialog.get_by_role("status")).to_contain_text("sent")
            await seen.page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
        await expect(seen.page.get_by_text("Add a note: ")).to_contain_text("nothing was sent")
    finally:
        away.unlink()


@contextmanager
def slow_broker(desk: Desk) -> Iterator[None]:
    """Let whatever is sent wait until this is over."""
    wait = desk.folder / "slow-broker"
    wait.touch()
    try:
        yield
    finally:
        wait.unlink()


async def test_a_page_stays_while_the_database_of_the_keys_is_away_and_a_new_one_comes_by_itself(
    browser: Browser, seen: Seen, desk: Desk
) -> None:
    await seen.now()
    await marked(seen)
    async with looking(browser, desk) as late:
        late.expected.add("503")
        with no_keys(desk):
            # Who looks is found out anew every 5 s.
            await asyncio.sleep(7)
            assert await stands(seen)
            await late.page.goto("/console/")
            await expect(late.page.get_by_role("alert")).to_contain_text("does not answer")
        await late.page.locator(".segment-map").wait_for(timeout=15_000)
    assert await stands(seen)


@contextmanager
def no_keys(desk: Desk) -> Iterator[None]:
    """Let the keys of the gateway be where nobody finds them."""
    name = tables.keys.name
    own = database.connect(database.place(None, desk.folder, GATEWAY), GATEWAY)
    try:
        with own.begin() as connection:
            connection.execute(text(f"ALTER TABLE {name} RENAME TO away"))
        yield
    finally:
        with own.begin() as connection:
            connection.execute(text(f"ALTER TABLE away RENAME TO {name}"))
        own.dispose()
