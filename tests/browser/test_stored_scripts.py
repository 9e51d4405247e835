"""What a reporter writes is shown as text on every page of the console: it runs nothing there."""

from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from schemas.alert import Alert
from schemas.assessment import CauseIncident, Level
from services.moments import utc_now
from tests.browser.desk import Desk
from tests.browser.seen import Seen
from tests.builders import ref, report

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEGMENT, INCIDENT = "KGZ-TJK-050-16", "SCRIPT-1"

SCRIPT = (
    "<script>window.struck=1</script><img src=x onerror=window.struck=1>"
    "<a href=javascript:window.struck=1>press</a>{{window.struck=1}}${window.struck=1}\"'>"
)
"""Strikes where it is taken for HTML, or for a template of the page library."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def struck(desk: Desk) -> Alert:
    """An alert and its report, in which every text that others write is a script."""
    now = utc_now() - timedelta(hours=1)
    said = report(
        incident_id=INCIDENT,
        start=now,
        summary=SCRIPT,
        place={
            "name": SCRIPT,
            "latitude": 39.959,
            "longitude": 70.5203,
            "precision": "exact",
            "countries": ("KGZ", "TJK"),
        },
        sources=[{"name": SCRIPT}],
        fatalities={"best": 1, "claims": [{"claimant": SCRIPT, "of_side": SCRIPT, "best": 1}]},
    )
    desk.write(lambda tape: tape.report(said, now, segment_id=SEGMENT))
    told = desk.raise_alert(SEGMENT, Level.WATCH, f"WATCH: {SCRIPT}", now)
    cause = CauseIncident(incident_id=INCIDENT, revision=1, record=ref(0), words=SCRIPT)
    changed = told.model_copy(
        update={"sequence": 2, "explanation": SCRIPT, "incidents": (cause,), "recorded_at": now}
    )
    desk.write(lambda tape: tape.alert(changed))
    return changed


PAGES = (
    "/console/",
    "/console/alerts",
    f"/console/segment/{SEGMENT}",
    "/console/alert/{alert}",
    "/console/daily",
    "/console/time",
)


@pytest.mark.parametrize("path", PAGES)
async def test_a_script_in_a_report_is_shown_and_does_not_run(
    path: str, seen: Seen, struck: Alert
) -> None:
    page = seen.page
    await page.goto(path.format(alert=struck.alert_id))
    await page.wait_for_function("window.socket?.connected")
    await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    if "time" not in path:
        await expect(page.locator("body")).to_contain_text("<script>window.struck=1</script>")
    assert await page.evaluate("window.struck") is None
    assert await page.locator("img[src=x], a[href^=javascript]").count() == 0
