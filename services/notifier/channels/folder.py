"""A folder of CAP messages: each appears whole or not at all, and is there for later ones."""

import asyncio
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from models.cap.message import NAMESPACE, Reference
from schemas.alert import Alert
from services.notifier.notification import Delivered, TryAgain

_NAME = re.compile(r"(?P<alert_id>.+)\.(?P<sequence>[0-9]+)\.xml")
_SENT = f"{{{NAMESPACE}}}sent"
_IDENTIFIER = f"{{{NAMESPACE}}}identifier"


class Folder:
    """Keeps messages as ``<alert id>.<sequence>.xml``; who reads it never sees half of one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def keep(self, alert: Alert, xml: bytes) -> Delivered | TryAgain:
        """Write a message; one that is there already is replaced by the same bytes."""
        try:
            await asyncio.to_thread(self._write, _name(alert), xml)
        except OSError as error:
            return TryAgain(f"the folder cannot be written to ({type(error).__name__})")
        return Delivered()

    async def earlier(self, alert: Alert) -> tuple[Reference, ...]:
        """Return the messages of the alert before this one, oldest first."""
        return await asyncio.to_thread(lambda: tuple(self._read(alert)))

    async def holds(self, alert: Alert) -> bool:
        """Tell whether this very message is there."""
        return await asyncio.to_thread((self._path / _name(alert)).exists)

    def _write(self, name: str, xml: bytes) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        # In the same folder, since a move is atomic only within one file system; the leading dot
        # and the other ending keep it from those who look for messages.
        with NamedTemporaryFile(dir=self._path, prefix=".", suffix=".part", delete=False) as part:
            try:
                part.write(xml)
                part.flush()
                os.fsync(part.fileno())
                os.fchmod(part.fileno(), 0o644)
                Path(part.name).replace(self._path / name)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise

    def _read(self, alert: Alert) -> Iterator[Reference]:
        known = []
        for path in self._path.glob(f"{_stem(alert)}.*.xml"):
            match = _NAME.fullmatch(path.name)
            if match and unquote(match["alert_id"]) == alert.alert_id:
                known.append((int(match["sequence"]), path))
        for sequence, path in sorted(known):
            if sequence < alert.sequence and (found := _referred(path)):
                yield found


def _referred(path: Path) -> Reference | None:
    """Return how to refer to a message of the folder; None when it is none of ours."""
    try:
        # Entities of elsewhere are never fetched, and expat bounds what those of the file make.
        root = ET.fromstring(path.read_bytes())  # noqa: S314
        sent = datetime.fromisoformat(root.findtext(_SENT) or "")
    except (OSError, ET.ParseError, ValueError, LookupError):
        return None
    identifier = root.findtext(_IDENTIFIER)
    return Reference(identifier, sent) if identifier else None


def _stem(alert: Alert) -> str:
    """Return the alert's id as a file name on any system: ``:`` and ``/`` are not for names."""
    return quote(alert.alert_id, safe="+@")


def _name(alert: Alert) -> str:
    return f"{_stem(alert)}.{alert.sequence}.xml"
