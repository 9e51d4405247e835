"""The console on a stack that runs: a report by hand, its alert by push, an operator, a silence.

Kafka, worker, ledger, gateway and notifier are real, and so is the browser.
"""

import asyncio
import os
import signal
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from schemas.topics import ALERTS
from schemas.versions import decode
from services import clients, topics
from services.settings import Gateway, Settings
from tests.browser.conftest import browser, looking
from tests.browser.seen import Seen
from tests.builders import KOK_TASH
from tests.integration.test_observing import observed

__all__ = ["browser"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE_S = 12.0
"""After how long without a heartbeat the data counts as late; one comes every four seconds."""

PUSH_S = 2.0
"""Within what an alert is on the page after it is in the log [s]."""

OPERATOR = "Aida Osmonova"


async def test_a_duty_officer_reports_is_alerted_acknowledges_and_is_told_when_nothing_comes(
    settings: Settings, browser: Browser
) -> None:
    late = Gateway(port=0, late_after=timedelta(seconds=LATE_S))
    async with observed(settings, gateway=late, clock="wall") as (running, _):
        at: Any = SimpleNamespace(url=running.address)
        async with looking(browser, at) as desk, looking(browser, at) as officer:
            await desk.now()
            age = desk.page.get_by_role("status").first
            await expect(age).to_contain_text("Up to date", timeout=60_000)
            written = asyncio.create_task(_first_alert(running.settings))
            await _report(officer)
            alert_id, moment = await asyncio.wait_for(written, 60)
            card = desk.page.locator("article")
            # Given a time, it is looked ten times a second; without, twice.
            await expect(card).to_have_count(1, timeout=30_000)
            took = time.monotonic() - moment
            print(f"alert on the page {took:.2f} s after it was in the log")
            assert took < PUSH_S
            await expect(officer.page.locator("[data-section=became]")).to_contain_text(
                "counted and assessed", timeout=20_000
            )
            await _acknowledge(officer, alert_id)
            await expect(card).to_contain_text(f"acknowledged by {OPERATOR}")
            await _same_as_the_api(desk, str(running.address))
            assert await officer.violations() == []

            os.kill(running.worker.pid, signal.SIGSTOP)
            try:
                await desk.now()
                await expect(age).to_contain_text("LATE", timeout=3_000 * LATE_S)
            finally:
                os.kill(running.worker.pid, signal.SIGCONT)
            await expect(age).to_contain_text("Up to date", timeout=90_000)


async def _first_alert(settings: Settings) -> tuple[str, float]:
    """Return the first actual alert that comes into the log, and when it was there."""
    async with clients.consumer(settings.kafka, auto_offset_reset="earliest") as consumer:
        consumer.subscribe([topics.name(ALERTS, settings.kafka)])
        async for record in consumer:
            told = decode(ALERTS, record.value).data
            if told.traffic == "actual":
                return told.alert_id, time.monotonic()
    raise AssertionError


async def _report(officer: Seen) -> None:
    page = officer.page
    await page.goto("/console/report")
    await officer.ready()
    await page.get_by_label("Latitude").fill(str(KOK_TASH[0]))
    await page.get_by_label("Longitude").fill(str(KOK_TASH[1]))
    for field, choice in (("Event type", "Battles"), ("Sub-event type", "Armed clash")):
        await page.get_by_label(field, exact=True).click()
        await page.get_by_role("option", name=choice).click()
    await page.get_by_label("What happened, in words").fill("Shots across the river.")
    await page.get_by_label("Place", exact=True).fill("Kok-Tash")
    await page.get_by_label("Name", exact=True).fill("Mission")
    await page.get_by_role("button", name="Send the report").click()
    await expect(page.locator("[data-section=became]")).to_contain_text("stands in the log")


async def _acknowledge(officer: Seen, alert_id: str) -> None:
    page = officer.page
    await page.goto(f"/console/alert/{alert_id.replace(':', '%3A')}")
    await page.wait_for_function("window.socket?.connected")
    await page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Your name").fill(OPERATOR)
    await dialog.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_text("Acknowledge: accepted by the worker")).to_be_visible(
        timeout=20_000
    )


async def _same_as_the_api(desk: Seen, address: str) -> None:
    """Hold the page of the past against the API's answer, before the report and after it."""
    async with httpx.AsyncClient(base_url=address) as api:
        told = (await api.get("/v1/alerts", params={"limit": 1})).json()["items"]
        opened = told[0]["opened_at"]
        for as_of, count in (("2021-01-01", 0), (opened, 1)):
            answer = await api.get("/v1/alerts", params={"state": "open", "as_of": as_of})
            assert len(answer.json()["items"]) == count
            await desk.page.goto(f"/console/time?as_of={as_of}")
            await desk.ready()
            await expect(desk.page.locator("article")).to_have_count(count)
