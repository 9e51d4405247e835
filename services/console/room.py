"""What the pages of the console work with: the gateway's parts, its feed, the latest board."""

from fastapi import FastAPI

from services.console.latest import Latest
from services.gateway.following.feed import Feed
from services.gateway.parts import Parts
from services.gateway.who import Identify


class Room:
    """What a page may use of the gateway that serves it."""

    def __init__(self, gateway: FastAPI) -> None:
        self._gateway = gateway
        self.latest = Latest(lambda: self.parts.ledger)

    @property
    def parts(self) -> Parts:
        """The parts of the gateway."""
        found: Parts = self._gateway.state.parts
        return found

    @property
    def feed(self) -> Feed:
        """The alerts as they come."""
        found: Feed = self._gateway.state.feed
        return found

    @property
    def identify(self) -> Identify:
        """Tells who looks, as it tells the API's routes who asks."""
        found: Identify = self._gateway.state.identify
        return found
