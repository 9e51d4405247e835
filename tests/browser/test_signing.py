"""Where the gateway has keys, nobody looks without one that may read."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from sqlalchemy import Engine

from schemas.assessment import Level
from services.gateway.auth import keys, store
from services.gateway.tables import GATEWAY
from services.gateway.who import Scope
from services.ledger import database
from services.moments import utc_now
from tests.browser.conftest import looking, serving
from tests.browser.desk import CALM, OFFICER, Desk
from tests.browser.seen import Seen
from tests.browser.worker import Worker
from tests.console.story import SHOTS, SOURCE, story

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A gateway of its own, since a key is never forgotten again."""
    async with serving(tmp_path_factory.mktemp("locked")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def own(desk: Desk) -> AsyncIterator[Engine]:
    """The gateway's own database, where an administrator has made a key."""
    found = database.connect(database.place(None, desk.folder, GATEWAY), GATEWAY)
    _made(found, Scope.ADMIN)
    yield found
    found.dispose()


async def test_one_who_has_not_signed_in_sees_nothing_but_the_sign_in(seen: Seen) -> None:
    await seen.page.goto("/console/")
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert seen.page.url.endswith("/console/sign-in?to=%2F")
    assert "KGZ" not in await seen.page.content()
    assert await seen.violations() == []


async def test_a_key_that_may_read_opens_and_neither_browser_nor_server_keeps_its_secret(
    seen: Seen, own: Engine, desk: Desk
) -> None:
    key = _made(own, Scope.READ)
    await _sign_in(seen, key.text)
    await seen.ready()
    secret = key.text.rsplit("_", 1)[1]
    kept = [str(cookie) for cookie in await seen.page.context.cookies()]
    kept += [path.read_text() for path in (desk.folder / "console").iterdir()]
    assert any(key.key.key_id in told for told in kept)
    assert not any(secret in told for told in kept)
    # Who acknowledged is classified: it takes the scope operate.
    await expect(seen.page.get_by_text("acknowledged").first).to_be_visible()
    assert OFFICER not in await seen.page.content()


async def test_who_reported_is_told_only_to_those_who_may_know(
    browser: Browser, desk: Desk, own: Engine
) -> None:
    segment_id = "KGZ-TJK-050-13"
    desk.write(lambda tape: story(tape, utc_now(), segment_id))
    for scope, told in ((Scope.READ, False), (Scope.OPERATE, True)):
        async with looking(browser, desk) as seen:
            await seen.page.goto(f"/console/sign-in?to=/segment/{segment_id}")
            await _enter(seen, _made(own, scope).text)
            shots = seen.page.locator(".timeline > li").filter(has_text=f"{SHOTS}, first")
            await expect(shots).to_contain_text("B2, usually reliable")
            assert (SOURCE in await seen.page.content()) is told


async def test_a_session_that_was_there_before_is_not_the_one_that_is_signed_in(
    browser: Browser, desk: Desk, own: Engine
) -> None:
    key = _made(own, Scope.READ)
    async with looking(browser, desk) as seen, looking(browser, desk) as planted:
        await seen.page.goto("/console/")
        before = await seen.page.context.cookies()
        await planted.page.context.add_cookies(before)  # type: ignore[arg-type]
        await _enter(seen, key.text)
        await seen.ready()
        after = await seen.page.context.cookies()
        assert before[0]["value"] != after[0]["value"]
        await planted.page.goto("/console/")
        await expect(planted.page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fwk_" + "0" * 12 + "_" + "0" * 64, "the key is not known"),
        ("nonsense", "not written as one of ours"),
    ],
)
async def test_what_is_no_key_is_refused_with_the_reason(seen: Seen, text: str, why: str) -> None:
    await _sign_in(seen, text)
    await expect(seen.page.get_by_role("alert")).to_contain_text(why)
    await seen.page.goto("/console/")
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def test_one_who_may_only_read_is_told_why_there_is_nothing_to_do(
    seen: Seen, own: Engine, desk: Desk
) -> None:
    told = desk.raise_alert(CALM, Level.WATCH, "WATCH: stones")
    worker = Worker(desk)
    await _sign_in(seen, _made(own, Scope.READ).text)
    await seen.ready()
    await expect(seen.page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await seen.page.goto(f"/console/alert/{quote(told.alert_id, safe='')}")
    actions = seen.page.locator("[data-section=actions]")
    await expect(actions).to_contain_text("a key needs the scope operate; a read key does not")
    await expect(actions.get_by_role("button")).to_have_count(0)
    await seen.page.keyboard.press("a")
    await seen.page.goto("/console/report")
    await expect(seen.page.get_by_text("a key needs the scope publish")).to_be_visible()
    assert worker.sent() == []


async def test_an_operator_acts_in_the_name_of_the_key(seen: Seen, own: Engine, desk: Desk) -> None:
    told = desk.raise_alert(CALM, Level.WATCH, "WATCH: stones")
    worker, key = Worker(desk), _made(own, Scope.OPERATE)
    await _sign_in(seen, key.text)
    await seen.ready()
    await seen.page.goto(f"/console/alert/{quote(told.alert_id, safe='')}")
    await seen.page.wait_for_function("window.socket?.connected")
    await seen.page.get_by_role("button", name="Acknowledge").click()
    dialog = seen.page.get_by_role("dialog")
    await expect(dialog).to_contain_text(f"As {key.key.name}")
    await dialog.get_by_role("button", name="Acknowledge").click()
    command, _ = await worker.obey(told)
    assert command.author == key.key.name
    await expect(seen.page.locator("[data-section=said]")).to_contain_text(key.key.name)


async def test_a_key_that_may_only_publish_is_refused(seen: Seen, own: Engine) -> None:
    await _sign_in(seen, _made(own, Scope.PUBLISH).text)
    await expect(seen.page.get_by_role("alert")).to_contain_text("the scope 'read' is needed")


async def test_one_who_signs_out_is_out(seen: Seen, own: Engine) -> None:
    await _sign_in(seen, _made(own, Scope.READ).text)
    await seen.ready()
    await seen.page.get_by_role("button", name="Sign out").click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await seen.page.goto("/console/")
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def test_a_revoked_key_closes_the_page_that_it_opened(seen: Seen, own: Engine) -> None:
    key = _made(own, Scope.READ)
    await _sign_in(seen, key.text)
    await seen.ready()
    store.revoke(own, key.key.key_id, utc_now())
    sign_in = seen.page.get_by_role("heading", name="Sign in")
    await expect(sign_in).to_be_visible(timeout=10_000)


async def test_the_page_that_was_asked_for_is_the_one_that_opens(
    browser: Browser, desk: Desk, own: Engine
) -> None:
    key = _made(own, Scope.READ)
    async with looking(browser, desk) as seen:
        await seen.page.goto("/console/sign-in?to=https://example.org/")
        await _enter(seen, key.text)
        await seen.ready()
        assert seen.page.url == f"{desk.url}/console/"


def _made(own: Engine, scope: Scope) -> keys.Made:
    return store.create(own, f"a {scope} key", frozenset({scope}), utc_now())


async def _sign_in(seen: Seen, text: str) -> None:
    await seen.page.goto("/console/")
    await _enter(seen, text)


async def _enter(seen: Seen, text: str) -> None:
    await seen.page.wait_for_function("window.socket?.connected")
    await seen.page.get_by_label("API key").fill(text)
    await seen.page.get_by_role("button", name="Sign in").click()
