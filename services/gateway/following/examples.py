"""Examples in the description of what is followed."""

from typing import Any

from services.gateway.asking.examples import whole

RAISED: dict[str, Any] = whole("alerts", "raised")
SILENCED: dict[str, Any] = whole("alerts", "silenced")
"""Alerts, as their events."""

ID = "AaS1yT8G1gLo8cZ2y4OQcQ3t"
"""An id of an event of the stream, and of a page."""

PLACE = "1619614800000000.2.17"
"""A place among the latest alerts."""
