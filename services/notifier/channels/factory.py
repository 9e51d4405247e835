"""Makes a channel from its configuration: the one place that knows every kind."""

from collections.abc import Mapping

from pydantic import SecretStr
from yarl import URL

from models.cap.message import Publisher
from schemas.segment import Segment
from services.moments import Clock, utc_now
from services.notifier.channels.address import Address
from services.notifier.channels.alertmanager import AlertmanagerChannel
from services.notifier.channels.cap import CapChannel, Memory
from services.notifier.channels.config import (
    AlertmanagerConfig,
    AnyChannel,
    AppriseConfig,
    CapConfig,
    WebhookConfig,
)
from services.notifier.channels.folder import Folder
from services.notifier.channels.messages import MessageChannel
from services.notifier.channels.posting import Poster
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.notification import Channel

ALERTS_PATH = "/api/v2/alerts"


def build(
    config: AnyChannel, segments: Mapping[str, Segment] | None = None, clock: Clock = utc_now
) -> Channel:
    """Return the channel that ``config`` describes; nothing is connected to yet.

    Parameters
    ----------
    segments
        By id, for the areas of CAP messages; without one of them its area is told in words.
    """
    match config:
        case WebhookConfig():
            return WebhookChannel(_poster(config, clock), config.secrets, clock)
        case AlertmanagerConfig():
            return AlertmanagerChannel(
                _poster(config, clock, ALERTS_PATH),
                labels=config.labels,
                generator_url=config.generator_url,
                open_for=config.open_for,
                clock=clock,
            )
        case AppriseConfig():
            return MessageChannel(config.url, config.timeout)
        case CapConfig():
            return _cap(config, segments or {}, clock)


def _cap(config: CapConfig, segments: Mapping[str, Segment], clock: Clock) -> CapChannel:
    publisher = Publisher(
        sender=config.sender,
        sender_name=config.sender_name,
        scope=config.scope,
        restriction=config.restriction,
        half_width_km=config.half_width_km,
    )
    published = Folder(config.folder) if config.folder else Memory()
    poster = _poster(config.post, clock) if config.post else None
    return CapChannel(publisher, segments, published, poster)


def _poster(address: Address, clock: Clock, path: str = "") -> Poster:
    root = URL(address.url.get_secret_value())
    at = root.with_path(root.raw_path.rstrip("/") + path, encoded=True, keep_query=True)
    return Poster(
        SecretStr(str(at)) if path else address.url,
        timeout=address.timeout,
        allow_private=address.allow_private,
        bearer=address.bearer,
        clock=clock,
    )
