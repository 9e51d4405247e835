"""Reads a stream of events by the HTML standard alone (section 9.2.6), for a check of ours."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """One that a browser would dispatch: with the last event id at that moment."""

    name: str
    data: str
    last_id: str


@dataclass
class Parser:
    """What an EventSource keeps between the lines."""

    last_id: str = ""
    retry: int | None = None
    comments: list[str] = field(default_factory=list)
    _id: str = ""
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _rest: str = ""

    def feed(self, chunk: bytes) -> list[Event]:
        """Take bytes as they come; return the events that they complete."""
        text = self._rest + chunk.decode()
        *lines, self._rest = text.replace("\r\n", "\n").split("\n")
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            self.comments.append(line[1:])
            return None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Event | None:
        self.last_id = self._id
        data, self._data = self._data, []
        name, self._name = self._name or "message", ""
        return Event(name, "\n".join(data), self.last_id) if data else None


async def events(chunks: AsyncIterator[bytes], parser: Parser) -> AsyncIterator[Event]:
    """Yield the events of a body as they come."""
    async for chunk in chunks:
        for event in parser.feed(chunk):
            yield event
