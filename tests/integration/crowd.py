"""Many readers of one stream in one process, as cheap as they can be made."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

_SEQUENCE = re.compile(rb'"sequence":(\d+)')
_LONGEST = 32
"""Most bytes in which what is looked for may stand."""


class Listener(asyncio.Protocol):
    """Reads a stream, and notes which alerts it got; one that is ``deaf`` reads nothing."""

    def __init__(self, path: str, heard: Callable[[int], None], *, deaf: bool = False) -> None:
        self._path, self._heard, self._deaf = path, heard, deaf
        self.sequences: list[int] = []
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        if not self.begun.is_set():
            assert data.startswith(b"HTTP/1.1 200"), data[:500]
            self.begun.set()
            if self._deaf:
                self._transport.pause_reading()
                return
        text = self._rest + data
        end = 0
        for found in _SEQUENCE.finditer(text):
            # A number at the very end may go on in what comes next.
            if found.end() == len(text):
                break
            number, end = int(found[1]), found.end()
            self.sequences.append(number)
            self._heard(number)
        self._rest = text[max(end, len(text) - _LONGEST) :]

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended.set()

    async def listen(self) -> None:
        """Read at last; return once the other side has ended it."""
        self._transport.resume_reading()
        await asyncio.wait_for(self.ended.wait(), 30)

    def close(self) -> None:
        self._transport.abort()


def memory(pid: int) -> float:
    """Return the memory that a process has in RAM [MB] (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024
