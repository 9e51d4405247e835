"""The local stack serves its console, and takes it away with the rest."""

import re
import signal
from pathlib import Path

import httpx
import pytest

from services.local.broker import BrokerKind
from tests.conftest import kind_under_test
from tests.integration.test_command_line import ended, stacked

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_up_serves_the_console_for_as_long_as_it_runs(tmp_path: Path) -> None:
    kind = kind_under_test()
    if kind is BrokerKind.TANSU:
        pytest.skip("the gateway cannot write to Tansu, so that there is no console on it")
    async with stacked(tmp_path, "Look at it in a browser", "up", "--broker", kind.value) as up:
        log = tmp_path / "gateway.log"
        address = re.search(r"serving (http://127\.0\.0\.1:\d+) ", log.read_text())
        assert address
        async with httpx.AsyncClient(base_url=address[1]) as browser:
            first = await browser.get("/", headers={"Accept": "text/html"}, follow_redirects=True)
            assert (first.status_code, first.url.path) == (200, "/console/")
            assert "Forewarn" in first.text
            assert "default-src 'self'" in first.headers["Content-Security-Policy"]
            api = await browser.get("/v1/segments")
            assert api.headers["Content-Security-Policy"].startswith("default-src 'none'")
        up.send_signal(signal.SIGTERM)
        code, _, err = await ended(up)
        assert (code, err) == (143, "")
        async with httpx.AsyncClient(base_url=address[1]) as browser:
            with pytest.raises(httpx.ConnectError):
                await browser.get("/console/")
