"""A line in a file for each notification."""

from pathlib import Path

from services.notifier.notification import Delivered, Notification, Outcome


class JournalChannel:
    """Appends the headlines of a notification to a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def send(self, notification: Notification) -> Outcome:
        """Append a line for each alert."""
        with self._file.open("a") as file:
            file.writelines(f"{alert.headline}\n" for alert in notification.alerts)
        return Delivered()

    async def close(self) -> None:
        """Nothing is open."""
