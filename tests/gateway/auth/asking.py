"""The shape of what opens a client, and how a request carries a key."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import httpx

from services.gateway.auth.oidc import Tokens


class Asking(Protocol):
    """Opens a client of a gateway that identifies its callers."""

    def __call__(
        self,
        tokens: Tokens | None = None,
        base_url: str = "http://127.0.0.1:8080",
        client: tuple[str, int] = ("127.0.0.1", 5),
    ) -> AbstractAsyncContextManager[httpx.AsyncClient]: ...


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a key or a token."""
    return {"Authorization": f"Bearer {text}"}
