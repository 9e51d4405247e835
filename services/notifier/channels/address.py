"""Where something is posted to, as the configuration says it."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from yarl import URL

from services.ladder_settings import Span
from services.notifier.channels.reachable import is_address, is_public
from services.notifier.channels.secret import Secret

Timeout = Annotated[Span, Field(gt=timedelta(), le=timedelta(minutes=2))]
"""Of a whole attempt, e.g. ``15 seconds``."""


class Section(BaseModel):
    """A part of the configuration; pydantic's own message would repeat the input, secrets too."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Address(Section):
    """An address to post to. It is a secret whole: its path or its query may be the password."""

    url: Secret
    bearer: Secret | None = None
    timeout: Timeout = timedelta(seconds=15)
    allow_private: bool = Field(
        default=False,
        description="Also post to private addresses, and without encryption: only where nobody "
        "but the operator says where to.",
    )

    @model_validator(mode="after")
    def _can_be_posted_to(self) -> Self:
        check(self.url.get_secret_value(), allow_private=self.allow_private)
        if self.bearer is not None:
            _check_bearer(self.bearer.get_secret_value(), self.url.get_secret_value())
        return self


def check(url: str, *, allow_private: bool) -> None:
    """Refuse an address that nothing can or may be posted to.

    Raises
    ------
    ValueError
        With what was expected; the address is not repeated.
    """
    try:
        found = URL(url)
        usable = bool(found.host and found.port) and url == url.strip()
    except ValueError:
        found, usable = URL(), False
    schemes = ("https", "http") if allow_private else ("https",)
    if not usable or found.scheme not in schemes:
        needed = "https:// or http://" if allow_private else "https:// (http:// with allow_private)"
        msg = f"url: expected {needed} and a host, e.g. https://hooks.example.org/forewarn"
        raise ValueError(msg)
    host = found.host or ""
    if not allow_private and is_address(host) and not is_public(host):
        raise ValueError("url: expected a public address; allow_private permits any other")


def _check_bearer(bearer: str, url: str) -> None:
    if not bearer.isascii() or not bearer.isprintable() or " " in bearer:
        raise ValueError("bearer: expected a token of printable ASCII without spaces")
    if URL(url).user is not None:
        raise ValueError("bearer: expected none beside a user in url; give one of the two")
