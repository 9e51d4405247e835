"""The CloudEvents 1.0 envelope that incidents and alerts travel in."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from schemas.alert import Alert
from schemas.base import Contract, Moment, Name
from schemas.incident import Incident


class EventKind(StrEnum):
    """The CloudEvents ``type``; its last part is the version of the data."""

    INCIDENT = "forewarn.incident.v1"
    ALERT = "forewarn.alert.v1"


class _Envelope(Contract):
    """Required CloudEvents attributes; those that others add are kept out of what we write."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: Name
    source: Name
    time: Moment = Field(description="When the publisher said it; CloudEvents leaves it optional.")
    datacontenttype: str = "application/json"


class IncidentEvent(_Envelope):
    """A structured CloudEvent that carries one incident revision."""

    type: Literal[EventKind.INCIDENT]
    subject: Name | None = Field(default=None, description="The incident id.")
    data: Incident


class AlertEvent(_Envelope):
    """A structured CloudEvent that carries one alert transition."""

    type: Literal[EventKind.ALERT]
    subject: Name = Field(description="The segment id.")
    data: Alert
