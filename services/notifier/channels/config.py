"""What a channel is set up with, by its kind; and what is wrong with it, without its secrets."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from services.faults import Fault
from services.ladder_settings import Span
from services.notifier.channels.address import Address, Section, Timeout
from services.notifier.channels.alertmanager import LABELS
from services.notifier.channels.messages import service
from services.notifier.channels.secret import Secret
from services.variables import is_secret

_SHORTEST, _LONGEST = 24, 64
"""How long a signing key is [bytes] (Standard Webhooks 1.0, "Signature scheme")."""


class BadChannel(Fault):
    """A channel is set up with what cannot be."""


def _signing(secret: SecretStr) -> SecretStr:
    """Check a signing secret: a lenient decoder would make another key of a misspelt one."""
    expected = "expected whsec_ and 24 to 64 bytes in base64, as openssl rand -base64 32 makes them"
    try:
        key = b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(expected) from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(expected)
    return secret


LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
SigningSecret = Annotated[Secret, AfterValidator(_signing)]


class WebhookConfig(Address):
    """A webhook, signed as Standard Webhooks asks: by each of the secrets."""

    kind: Literal["webhook"]
    secrets: Annotated[tuple[SigningSecret, ...], Field(min_length=1, max_length=5)]


class AlertmanagerConfig(Address):
    """A Prometheus Alertmanager; ``url`` is its root, e.g. ``http://alertmanager:9093``."""

    kind: Literal["alertmanager"]
    labels: dict[LabelName, str] = Field(default_factory=dict)
    generator_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    open_for: Annotated[Span, Field(ge=timedelta(hours=1), le=timedelta(days=3650))] = timedelta(
        days=365
    )

    @field_validator("labels")
    @classmethod
    def _are_others_than_ours(cls, given: dict[str, str]) -> dict[str, str]:
        if LABELS & given.keys():
            msg = f"expected other names than those of every alert: {', '.join(sorted(LABELS))}"
            raise ValueError(msg)
        return given


class AppriseConfig(Section):
    """A service of mail, chat or SMS, by its address in Apprise."""

    kind: Literal["apprise"]
    url: Secret
    timeout: Timeout = timedelta(seconds=60)

    @field_validator("url")
    @classmethod
    def _is_known(cls, url: SecretStr) -> SecretStr:
        service(url)
        return url


class CapConfig(Section):
    """CAP 1.2 messages, posted to an address, written to a folder, or both."""

    kind: Literal["cap"]
    sender: Annotated[str, Field(pattern=r"^[^\s,<&]+$", max_length=200)]
    sender_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    scope: Literal["Public", "Restricted"] = "Restricted"
    restriction: Annotated[str, Field(min_length=1, max_length=300)] = (
        "For those whom Forewarn is set up to tell."
    )
    half_width_km: Annotated[float, Field(gt=0, le=200)] = 10.0
    post: Address | None = None
    folder: Path | None = None

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.post is None and self.folder is None:
            raise ValueError("expected post, folder, or both: where the messages go")
        return self


AnyChannel = WebhookConfig | AlertmanagerConfig | AppriseConfig | CapConfig
ChannelConfig = Annotated[AnyChannel, Field(discriminator="kind")]
"""Any channel, told apart by its ``kind``.

A model that holds it needs ``hide_input_in_errors``, too: the outermost model words the errors.
"""

_CHANNEL: TypeAdapter[AnyChannel] = TypeAdapter(
    ChannelConfig, config=ConfigDict(hide_input_in_errors=True)
)
KINDS: Mapping[str, type[BaseModel]] = {
    kind: model
    for model in get_args(AnyChannel)
    for kind in get_args(model.model_fields["kind"].annotation)
}


def read(given: Mapping[str, Any], where: str = "channel") -> AnyChannel:
    """Return the configuration of a channel, with its secrets fetched from where they stand.

    Raises
    ------
    BadChannel
        With the field, its value unless it is or may be secret, and what was expected.
    """
    try:
        return _CHANNEL.validate_python(given)
    except ValidationError as error:
        faults = [told(dict(fault), where) for fault in error.errors(include_url=False)]
    raise BadChannel("; ".join(faults))


def told(fault: Mapping[str, Any], where: str) -> str:
    """Return what is wrong with one field; ``fault`` is one of pydantic's, of a ChannelConfig."""
    kind, *path = fault["loc"] or ("",)
    name = ".".join([where, *map(str, path)])
    said = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if fault["type"] == "missing":
        return f"{name}: expected a value; there is none"
    if fault["type"].startswith("union_tag"):
        return f"{where}.kind: expected one of {', '.join(KINDS)}"
    if _may_be_shown(str(kind), path):
        return f"{name}: found {fault['input']!r}; {said}"
    return f"{name}: {said}; what was found is not shown here"


def _may_be_shown(kind: str, path: list[int | str]) -> bool:
    """Tell whether a value is that of a field that is known and no secret.

    One of an unknown name may be a misspelt secret; a whole section holds secrets.
    """
    model = KINDS.get(kind)
    info = model.model_fields.get(str(path[0])) if model is not None and path else None
    if info is None or is_secret(info.annotation):
        return False
    return path[0] != "post" or path[-1] in ("timeout", "allow_private")
