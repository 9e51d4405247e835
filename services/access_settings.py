"""The sections of settings that say who may use the gateway, and what it seals."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.variables import PREFIX

SCOPES = ("read", "publish", "operate", "admin")
"""What a caller may do, as settings write it."""

_LOCAL = ("127.0.0.1", "localhost", "::1")


def _url(value: str) -> str:
    """Check an address that secrets are checked by: nobody may change what it answers."""
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise ValueError("expected an address that begins with https://")
    return value


def _mapping(value: str) -> str:
    for pair in value.split(","):
        theirs, _, ours = pair.strip().rpartition("=")
        if not theirs or ours not in SCOPES:
            msg = f"expected THEIRS=OURS with commas between, OURS one of {', '.join(SCOPES)}"
            raise ValueError(msg)
    return value


def _origins(value: str) -> str:
    for origin in value.split(","):
        parts = urlsplit(origin.strip())
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise ValueError("expected origins with commas between, e.g. https://map.example.org")
    return value


def _empty(value: object) -> object:
    """Take an empty variable for one that is not set."""
    return value or None


class Oidc(BaseModel):
    """The identity provider whose bearer tokens are taken beside API keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[Annotated[str, AfterValidator(_url)] | None, BeforeValidator(_empty)] = Field(
        default=None,
        description="https://... of an OpenID Connect provider, without /.well-known/...; unset: "
        "API keys alone.",
    )
    audience: str | None = Field(
        default=None, min_length=1, description="What tokens for this gateway say in aud; needed."
    )
    scope_claim: str = Field(
        default="scope",
        min_length=1,
        description="The claim that holds scopes, roles or groups: a list, or words; dots lead "
        "into objects, e.g. realm_access.roles.",
    )
    scopes: Annotated[str, AfterValidator(_mapping)] = Field(
        default="forewarn:read=read,forewarn:publish=publish,forewarn:operate=operate,"
        "forewarn:admin=admin",
        description="What each of its values grants here: THEIRS=OURS with commas between.",
    )
    name_claim: str = Field(
        default="sub", min_length=1, description="The claim that names who acts, for the audit."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer is not None and self.audience is None:
            msg = (
                f"{PREFIX}GATEWAY__OIDC__AUDIENCE: needed with {PREFIX}GATEWAY__OIDC__ISSUER; a "
                "token that the provider gave for another service must not open this one"
            )
            raise ValueError(msg)
        return self

    @property
    def granted(self) -> dict[str, set[str]]:
        """Return our scopes by the provider's value."""
        found: dict[str, set[str]] = {}
        for pair in self.scopes.split(","):
            theirs, _, ours = pair.strip().rpartition("=")
            found.setdefault(theirs, set()).add(ours)
        return found


Origins = Annotated[Annotated[str, AfterValidator(_origins)] | None, BeforeValidator(_empty)]
"""Origins of web pages, with commas between."""
