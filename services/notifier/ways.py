"""Where channels come from: the one place that knows how they are made."""

from collections.abc import Mapping
from typing import Any, Protocol

from schemas.segment import Segment
from services.notifier.notification import Channel


class Ways(Protocol):
    """Reads the configuration of a channel, and makes it."""

    def read(self, given: Mapping[str, Any], where: str) -> Any:
        """Return a channel's configuration; what is wrong with it is a ``Fault``."""

    def build(self, config: Any, segments: Mapping[str, Segment]) -> Channel:
        """Return the channel; nothing is connected to yet."""


class OurWays:
    """The channels of ``services.notifier.channels``; loaded once they are asked for."""

    def read(self, given: Mapping[str, Any], where: str) -> Any:
        """Return a channel's configuration."""
        from services.notifier.channels import config

        return config.read(given, where)

    def build(self, config: Any, segments: Mapping[str, Segment]) -> Channel:
        """Return the channel."""
        from services.notifier.channels import factory

        return factory.build(config, segments)
