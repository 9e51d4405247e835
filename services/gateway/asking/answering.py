"""Answers a question of the read model: not again what the client has, a page at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine

from schemas.incident import Incident
from services.gateway.asking import cursors
from services.gateway.asking.parameters import KnownBy, Paged
from services.gateway.conditional import Held, holds, tag
from services.gateway.parts import Given
from services.gateway.sealing import Sealing
from services.gateway.who import Reader
from services.ledger.paging import Key, Known, Positions, Window, positions
from services.ledger.queries import Queries
from services.version import version

JSON = "application/json"
GEOJSON = "application/geo+json"


class NotModified(Exception):
    """The client has the answer already: what it has is named by ``headers``."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__("not modified")
        self.headers = dict(headers)


@dataclass(frozen=True, slots=True)
class Asking:
    """One request for something in the read model, and who makes it."""

    request: Request
    ledger: Engine
    classified: bool
    sealing: Sealing

    @property
    def queries(self) -> Queries:
        """The questions of one segment, answered as the caller may see them."""
        return Queries(self.ledger, classified=self.classified)

    def shown(self, incident: Incident) -> Incident:
        """Return an incident with who reported it, where the caller may see that.

        What is sealed is opened, unless its key has been discarded.
        """
        return self.sealing.unseal(incident) if self.classified else incident

    def known(self, topics: Iterable[str], asked: KnownBy, media: str = JSON) -> Known:
        """Return what of the ledger counts now.

        Raises
        ------
        NotModified
            The client has the answer to the same question from the same state of the ledger.
        """
        return Known(self._fresh(positions(self.ledger, topics), media), asked.as_of)

    def page(
        self, topics: Iterable[str], asked: Paged, key: Key, media: str = JSON
    ) -> tuple[Positions, Window]:
        """Return up to where the ledger counts, and which part of the list is wanted.

        Raises
        ------
        Problem
            The cursor is none of this list.
        NotModified
            The client has this page.
        """
        names = frozenset(topics)
        if asked.cursor is None:
            return self._fresh(positions(self.ledger, names), media), Window(asked.limit)
        begin = cursors.decode(asked.cursor, self._query(), names, key)
        return self._fresh(begin.positions, media), Window(asked.limit, begin.after)

    def next(self, after: Key | None, at: Positions) -> str | None:
        """Return the address of the next page, relative to the gateway; None after the last."""
        if after is None:
            return None
        cursor = cursors.encode(self._query(), after, at)
        url = self.request.url.include_query_params(cursor=cursor)
        return f"{url.path}?{url.query}"

    def answer(self, content: BaseModel | bytes, at: Positions, media: str = JSON) -> Response:
        """Return the answer made from the ledger up to ``at``."""
        body = content if isinstance(content, bytes) else _json(content)
        headers = self._headers(tag(self._determines(at, media), weak=True), media)
        follows = getattr(content, "next", None)
        if follows is not None:
            headers["Link"] = f'<{follows}>; rel="next"'
        return Response(body, headers=headers)

    def hashed(self, content: BaseModel | bytes, media: str = JSON) -> Response:
        """Return an answer that more than the ledger determines: it is told by its own bytes.

        Raises
        ------
        NotModified
            The client has it.
        """
        body = content if isinstance(content, bytes) else _json(content)
        headers = self._headers(tag([body], weak=True), media)
        self._unless_held(headers)
        return Response(body, headers=headers)

    def _fresh(self, at: Positions, media: str) -> Positions:
        self._unless_held(self._headers(tag(self._determines(at, media), weak=True), media))
        return at

    def _unless_held(self, headers: dict[str, str]) -> None:
        if holds(self.request, headers["ETag"]):
            raise NotModified(headers)

    def _determines(self, at: Positions, media: str) -> list[bytes]:
        url = self.request.url
        # To who may see them, an erasure changes the sources of what the log says as before.
        seen = self.sealing.erased() if self.classified else None
        parts = (version(), url.path, sorted(_pairs(self.request)), seen, media)
        return [repr((*parts, sorted(at.items()))).encode("utf-8", "surrogatepass")]

    def _query(self) -> dict[str, str]:
        """Return the question without what tells its pages apart."""
        own = [p for p in _pairs(self.request) if p[0] not in ("cursor", "limit")]
        return {"path": self.request.url.path, "query": repr(sorted(own))}

    def _headers(self, tag: str, media: str) -> dict[str, str]:
        # What is shown depends on who asks: nobody may keep it for others.
        return {
            "Content-Type": media,
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept, Authorization",
        }


async def _asking(request: Request, parts: Given, caller: Reader, _held: Held = None) -> Asking:
    return Asking(request, parts.ledger, caller.sees_sources, parts.sealing)


Ask = Annotated[Asking, Depends(_asking)]
"""The request, as an argument of a route that anyone who reads may ask."""


async def not_modified(_request: Request, error: Exception) -> Response:
    """Tell the client to use what it has."""
    assert isinstance(error, NotModified)
    headers = {n: v for n, v in error.headers.items() if n != "Content-Type"}
    return Response(status_code=304, headers=headers)


def _pairs(request: Request) -> list[tuple[str, Any]]:
    return list(request.query_params.multi_items())


def _json(content: BaseModel) -> bytes:
    return content.model_dump_json().encode()
