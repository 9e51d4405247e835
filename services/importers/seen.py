"""Remembers what an import has read, on disk, so that its length costs no memory."""

import sqlite3
from types import TracebackType
from typing import Self


class Seen:
    """What was told under each key first; a private file that is gone with the object.

    SQLite keeps what fits into its cache, 2 MiB, in memory, and the rest in a temporary file.
    """

    def __init__(self) -> None:
        # An empty name is SQLite's for a temporary database on disk.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE told (key TEXT PRIMARY KEY, row INTEGER, content BLOB) WITHOUT ROWID"
        )
        # One transaction for all: nothing of it is to outlive the process.
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def get(self, key: str) -> tuple[int, bytes] | None:
        """Return the row and content that stand under a key."""
        found: tuple[int, bytes] | None = self._database.execute(
            "SELECT row, content FROM told WHERE key = ?", (key,)
        ).fetchone()
        return found

    def put(self, key: str, row: int, content: bytes) -> None:
        """Let this stand under a key, in the place of what did."""
        self._database.execute("REPLACE INTO told VALUES (?, ?, ?)", (key, row, content))
