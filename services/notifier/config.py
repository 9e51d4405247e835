"""The TOML file of the notifier: who is told of what, by which channels, and when not."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.assessment import Level
from schemas.incident import Traffic
from services.faults import Fault
from services.ladder_settings import Span
from services.notifier.advice import nearest, told
from services.settings import Settings

_Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[_Day, ...] = get_args(_Day)
SECOND = dt.timedelta(seconds=1)
KEPT_AT_LEAST = dt.timedelta(days=7)
"""More than twice as long as a notification is tried, so that there is time to send it again."""


class BadConfig(Fault):
    """The file cannot be read, or says what cannot be."""


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in available_timezones():
        msg = f"expected a time zone, e.g. Asia/Bishkek{nearest(value, available_timezones())}"
        raise ValueError(msg)
    return ZoneInfo(value)


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _never(value: object) -> object:
    return None if value == "never" else value


def _taking_over(value: object) -> object:
    return {"receiver": value} if isinstance(value, str) else value


_Level = Annotated[Level, BeforeValidator(_lower)]
_Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
_Wait = Annotated[Span, Field(ge=dt.timedelta(0))]
_Interval = Annotated[Span, Field(ge=SECOND)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$")]


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )


class Receiver(_Section):
    """Who is told, by every one of some channels."""

    channels: tuple[dict[str, Any], ...] = Field(
        min_length=1, description="Each by its kind; see the sections on channels."
    )
    traffic: tuple[Traffic, ...] = Field(
        default=(Traffic.ACTUAL,),
        min_length=1,
        description="What it may get at all; with heartbeat it gets those without a route.",
    )


class Quiet(_Section):
    """Hours in which only what cannot wait is told."""

    zone: _Zone
    days: tuple[Annotated[_Day, BeforeValidator(_lower)], ...] = Field(
        default=DAYS, min_length=1, description="On which they begin."
    )
    begins: dt.time = Field(alias="from", description="Local time.")
    ends: dt.time = Field(alias="to", description="Local time; of the next day if not later.")
    below: _Level = Field(default=Level.CRITICAL, description="What is not below it is told.")


class Then(_Section):
    """Who takes over, and who takes over from there."""

    receiver: Name
    unless_acknowledged_within: Annotated[Span, Field(ge=SECOND)] | None = None
    then: "Annotated[Then | None, BeforeValidator(_taking_over)]" = None


class Route(_Section):
    """Which alerts go to a receiver, and how they are grouped; docs/notifying.md says more."""

    receiver: Name
    name: Name | None = Field(default=None, description="Unset: that of the receiver.")
    borders: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    level: _Level = Level.WATCH
    traffic: tuple[Traffic, ...] = Field(default=(Traffic.ACTUAL,), min_length=1)
    goes_on: bool = Field(default=False, alias="continue")
    group_by: tuple[Literal["border_id", "segment_id", "alert_id"], ...] = ("border_id",)
    group_wait: _Wait = dt.timedelta(seconds=30)
    group_interval: _Interval = dt.timedelta(minutes=5)
    repeat_interval: Annotated[_Interval | None, BeforeValidator(_never)] = dt.timedelta(hours=4)
    at_once_from: Annotated[_Level | None, BeforeValidator(_never)] = Level.CRITICAL
    quiet_hours: tuple[str, ...] = ()
    unless_acknowledged_within: Annotated[Span, Field(ge=SECOND)] | None = None
    then: Annotated[Then | None, BeforeValidator(_taking_over)] = None


class Config(_Section):
    """The whole file."""

    receivers: dict[Name, Receiver] = Field(min_length=1)
    routes: tuple[Route, ...] = Field(min_length=1)
    quiet_hours: dict[Name, Quiet] = Field(default_factory=dict)
    heartbeat_every: _Wait = Field(
        default=dt.timedelta(minutes=5), description="0 seconds: no heartbeats are sent."
    )
    heartbeat_patience: _Interval = Field(
        default=dt.timedelta(minutes=2), description="How long one may take to come back."
    )
    heartbeat_segment: str | None = Field(
        default=None, description="Where they are reported; unset: the first watched segment."
    )
    send_timeout: _Interval = Field(
        default=dt.timedelta(seconds=150), description="How long one attempt may take at most."
    )
    keep_for: Annotated[Span, Field(ge=KEPT_AT_LEAST)] = Field(
        default=dt.timedelta(days=30),
        description="How long what is settled is kept; at least 7 days.",
    )


def load(settings: Settings) -> Config:
    """Return the file that the settings name.

    Raises
    ------
    BadConfig
        There is none, or what is wrong with it: field, value, what was expected, what to do.
    """
    path = settings.notifier.config
    if path is None:
        raise BadConfig(
            "FOREWARN_NOTIFIER__CONFIG: expected the TOML file of receivers and routes; "
            "docs/notifying.md has an example"
        )
    return parse(_text(path), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise BadConfig(f"{path}: {why}; FOREWARN_NOTIFIER__CONFIG names it") from error


def parse(text: str, called: str = "the configuration") -> Config:
    """Return what a TOML text says.

    Raises
    ------
    BadConfig
        As ``load`` does.
    """
    try:
        content: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{called}: not TOML: {error}") from error
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(told(dict(fault), Config) for fault in error.errors(include_url=False))
        raise BadConfig(f"{called}: {faults}") from None
