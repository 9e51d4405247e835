"""What the channels send to: real servers on loopback."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.channels.alertmanager import alertmanager
from tests.channels.canary import shown
from tests.channels.receiver import Receiver, receiving

__all__ = ["alertmanager", "shown"]


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """An HTTP server that answers 204 until it is told otherwise."""
    async with receiving() as found:
        yield found
