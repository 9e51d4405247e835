"""Answers what changes only with the build: files, tables, words."""

import hashlib
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from services.gateway.asking.answering import JSON, Held, NotModified
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
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"Content-Type": media, "ETag": tag, "Cache-Control": "private, no-cache"}
        held = self._request.headers.get("if-none-match", "").split(",")
        if {tag, "*"} & {one.strip().removeprefix("W/") for one in held}:
            raise NotModified(headers)
        return Response(body, headers=headers)


Unmoving = Annotated[Still, Depends(Still)]
"""The request, as an argument of a route that anyone who reads may ask."""
