"""A page in the browser, and all that it asked for and complained of."""

from typing import Any, Literal
from urllib.parse import quote, urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Error, Page, Request, WebSocket

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What of axe-core's rules the success criteria of levels A and AA are."""

PLACES: tuple[tuple[int, Literal["light", "dark"]], ...] = ((360, "light"), (1280, "dark"))
"""The width of the screen [pixels], and the theme."""


class Seen:
    """A page that is looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.expected: set[str] = set()
        """What may be complained of: parts of the text."""
        page.on("request", self._request)
        page.on("websocket", self._websocket)
        page.on("pageerror", self._fault)
        page.on("console", self._said)

    async def now(self) -> None:
        """Open the first page, and wait until its map is drawn and its updates come."""
        await self.page.goto("/console/")
        await self.ready()

    async def alert(self, alert_id: str, query: str = "") -> None:
        """Open the page of an alert, and wait until updates come and what is pressed is heard."""
        await self.page.goto(f"/console/alert/{quote(alert_id, safe='')}{query}")
        await self.page.wait_for_function("window.socket?.connected && window.did_handshake")

    async def ready(self) -> None:
        """Wait until the map is drawn and updates come."""
        await self.page.wait_for_selector(".segment-map[data-ready=true]")
        await self.page.wait_for_function("window.socket?.connected")

    async def level(self, segment_id: str) -> dict[str, Any]:
        """Return the level and the colours with which the map shows a segment."""
        found: dict[str, Any] = await self.page.evaluate(
            """id => {
              const map = getElement(+document.querySelector(".segment-map").id.slice(1));
              const line = map.lines[id];
              return { level: line.level, colours: [line.options.color] };
            }""",
            segment_id,
        )
        return found

    async def violations(self) -> list[str]:
        """Return what of the page does not meet WCAG at levels A and AA, and where."""
        # What axe-core would fetch again, no rule of these needs, and the page would tell of it.
        options = {"runOnly": {"type": "tag", "values": RULES}, "preload": False}
        found = await Axe().run(self.page, options=options)
        assert found.response["passes"], "axe-core has looked at nothing"
        return [
            f"{broken['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for broken in found.response["violations"]
            for node in broken["nodes"]
        ]

    async def everywhere(self) -> list[str]:
        """Return the same on a light telephone and on a dark desk, and where it is too wide.

        All that is closed is opened first; the page follows the browser's theme.
        """
        await self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = []
        for width, theme in PLACES:
            await self.page.set_viewport_size({"width": width, "height": 740})
            await self.page.emulate_media(color_scheme=theme)
            await self.page.wait_for_selector(f"body.body--{theme}")
            found += [f"{width} px, {theme}: {broken}" for broken in await self.violations()]
            wider = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wider > 0:
                found.append(f"{width} px: the page is {wider} px wider than the screen")
        return found

    def check(self) -> None:
        """Hold the page to what every page keeps: nothing is fetched from elsewhere, no error."""
        hosts = {
            urlsplit(url).hostname for url in self.asked if not url.startswith(("data:", "blob:"))
        }
        assert hosts <= {"127.0.0.1"}, hosts
        told = [said for said in self.complaints if not any(e in said for e in self.expected)]
        assert not told, told

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _websocket(self, socket: WebSocket) -> None:
        self.asked.append(socket.url)

    def _fault(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)
