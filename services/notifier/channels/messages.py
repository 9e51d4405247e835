"""Mail, chat and SMS, through Apprise: what is told is plain text."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType, OverflowMode
from pydantic import SecretStr

from models.domain.advice import over
from schemas.alert import Alert
from schemas.assessment import Level
from services.notifier.channels.wording import subject, text
from services.notifier.notification import Delivered, Notification, Outcome, TryAgain

_LOOKS = {
    Level.NORMAL: NotifyType.INFO,
    Level.WATCH: NotifyType.INFO,
    Level.WARNING: NotifyType.WARNING,
    Level.CRITICAL: NotifyType.FAILURE,
}
"""The colour or sign that services with such have for a message."""


class Unusable(ValueError):
    """Apprise knows no service of that address, or lacks a part of it."""

    def __init__(self) -> None:
        super().__init__("expected the address of a service that Apprise knows, with all its parts")


class MessageChannel:
    """Hands each notification to one service.

    Its calls block, so they run in a thread of the channel's own: a service that hangs holds up no
    other channel. What hangs longer than ``timeout`` may still arrive after it was given up, and is
    then sent again.
    """

    def __init__(self, url: SecretStr, timeout: timedelta) -> None:
        self._service = service(url)
        self._overflow = None if "overflow=" in url.get_secret_value() else OverflowMode.TRUNCATE
        self._timeout = timeout.total_seconds()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="forewarn-messages")

    async def send(self, notification: Notification) -> Outcome:
        """Send it; Apprise tells whether it was taken, and no more."""
        loop = asyncio.get_running_loop()
        name = str(self._service.service_name)
        try:
            async with asyncio.timeout(self._timeout):
                taken = await loop.run_in_executor(self._thread, self._notify, notification)
        except TimeoutError:
            return TryAgain(f"{name}: no answer in time")
        except Exception as error:
            # Apprise has more than a hundred services, and no error that all of them keep to.
            return TryAgain(f"{name}: the message could not be sent ({type(error).__name__})")
        return Delivered() if taken else TryAgain(f"{name}: the service did not take the message")

    async def close(self) -> None:
        """Begin no further call; one that hangs ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _notify(self, notification: Notification) -> bool:
        return self._service.notify(
            title=subject(notification),
            body=text(notification),
            body_format=NotifyFormat.TEXT,
            notify_type=_look(notification.alerts),
            overflow=self._overflow,
        )


def service(url: SecretStr) -> NotifyBase:
    """Return the service that an address of Apprise names.

    Raises
    ------
    Unusable
        Without the address, which may hold a password.
    """
    _hush()
    asset = AppriseAsset(
        app_id="Forewarn",
        app_desc="Forewarn",
        app_url="",
        # Keeps nothing on disk, and takes braces in a text for what they are.
        storage_mode="memory",
        allow_templates=False,
        http_redirects=False,
    )
    try:
        found = Apprise.instantiate(url.get_secret_value(), asset=asset)
    except Exception:
        # Services differ in what they raise at an address that lacks something.
        found = None
    if found is None:
        raise Unusable
    return found


def _hush() -> None:
    """Keep addresses and passwords out of the logs.

    Apprise logs whom it wrote to, and with debugging what it wrote. The HTTP library below it warns
    of a strange answer with the address, whose path may be the password, and with the answer.
    """
    logging.getLogger("apprise").disabled = True
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def _look(alerts: tuple[Alert, ...]) -> NotifyType:
    if all(over(alert) for alert in alerts):
        return NotifyType.SUCCESS
    return _LOOKS[Level.worst(*(a.level for a in alerts))]
