"""Answers what changes only with the build: files, tables, words."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from services.gateway.asking.answering import JSON, NotModified
from services.gateway.conditional import Held, holds, tag
from services.gateway.who import Reader


class Still:
    """One request for something that the build determines."""

    def __init__(self, request: Request, _caller: Reader, _held: Held = None) -> None:
        self._request = request

    def answer(self, content: BaseModel | bytes, media: str = JSON) -> Response:
        """Return the answer.

        Raises
        ------
        NotModified
            The client has it.
        """
        body = content if isinstance(content, bytes) else content.model_dump_json().encode()
        etag = tag([body])
        headers = {"Content-Type": media, "ETag": etag, "Cache-Control": "private, no-cache"}
        if holds(self._request, etag):
            raise NotModified(headers)
        return Response(body, headers=headers)


Unmoving = Annotated[Still, Depends(Still)]
"""The request, as an argument of a route that anyone who reads may ask."""
