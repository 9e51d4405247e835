"""CAP 1.2 messages, one for each alert: posted to a URL, written to a folder, or both."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol

from models.cap.message import Publisher, Reference, message, reference
from schemas.alert import Alert
from schemas.segment import Segment
from services.notifier.channels.posting import Answer, Poster
from services.notifier.notification import Delivered, Notification, Outcome, TryAgain

CONTENT_TYPE = "application/cap+xml"

_REMEMBERED = 10_000
"""Of how many alerts it is remembered what was published, where no folder keeps it."""


class Published(Protocol):
    """Knows which messages went out, so that later ones can refer to them."""

    async def keep(self, alert: Alert, xml: bytes) -> Delivered | TryAgain:
        """Note that a message went out."""

    async def earlier(self, alert: Alert) -> tuple[Reference, ...]:
        """Return the messages of the alert before this one, oldest first."""

    async def holds(self, alert: Alert) -> bool:
        """Tell whether this very message went out."""


class CapChannel:
    """Publishes each alert of a notification by itself, as CAP wants it.

    What went out already is not sent again when the notification is: of several messages, some may
    have been taken before one was not.

    Parameters
    ----------
    published
        A folder, or where there is none, the memory of this process.
    poster
        None to publish by the folder alone.
    """

    def __init__(
        self,
        publisher: Publisher,
        segments: Mapping[str, Segment],
        published: Published,
        poster: Poster | None,
    ) -> None:
        self._publisher = publisher
        self._segments = segments
        self._published = published
        self._poster = poster

    async def send(self, notification: Notification) -> Outcome:
        """Publish what is not out yet.

        A message that is refused for what it says keeps back no other: they are of different
        alerts. What stands in the way of any message ends the attempt.
        """
        refused: Outcome = Delivered()
        for alert in notification.alerts:
            if await self._published.holds(alert):
                continue
            earlier = await self._published.earlier(alert)
            xml = message(alert, self._publisher, self._segments, earlier)
            answer = await self._posted(xml)
            if isinstance(answer, Answer) and answer.refuses_content:
                refused = answer.outcome()
                continue
            outcome = answer.outcome() if isinstance(answer, Answer) else answer
            if isinstance(outcome, Delivered):
                outcome = await self._published.keep(alert, xml)
            if not isinstance(outcome, Delivered):
                return outcome
        return refused

    async def close(self) -> None:
        """Close all connections."""
        if self._poster is not None:
            await self._poster.close()

    async def _posted(self, xml: bytes) -> Answer | Delivered | TryAgain:
        """Post a message; without an address to post to, that is done."""
        if self._poster is None:
            return Delivered()
        return await self._poster.post(xml, {"Content-Type": CONTENT_TYPE})


class Memory:
    """Remembers what went out until the process ends.

    Of an alert that began before, it supposes that its first message went out: that one can be
    named without having been seen, since an alert begins with it.
    """

    def __init__(self) -> None:
        self._out: OrderedDict[str, dict[int, Reference]] = OrderedDict()

    async def keep(self, alert: Alert, xml: bytes) -> Delivered:  # noqa: ARG002
        """Note that a message went out."""
        self._out.setdefault(alert.alert_id, {})[alert.sequence] = reference(alert)
        self._out.move_to_end(alert.alert_id)
        while len(self._out) > _REMEMBERED:
            self._out.popitem(last=False)
        return Delivered()

    async def earlier(self, alert: Alert) -> tuple[Reference, ...]:
        """Return the messages of the alert before this one, oldest first."""
        if alert.alert_id not in self._out and alert.sequence > 1:
            return (Reference(f"{alert.alert_id}:1", alert.opened_at),)
        known = self._out.get(alert.alert_id, {})
        return tuple(
            found for sequence, found in sorted(known.items()) if sequence < alert.sequence
        )

    async def holds(self, alert: Alert) -> bool:
        """Tell whether this very message went out."""
        return alert.sequence in self._out.get(alert.alert_id, {})
