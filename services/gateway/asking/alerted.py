"""What questions about alerts are answered with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.alert import Alert
from schemas.assessment import Level
from schemas.base import CountryCode, Identifier, Moment, Name, Text
from schemas.command import AnyCommand, Command
from schemas.delivery import Delivery
from schemas.incident import Traffic
from services.gateway.asking.examples import example
from services.gateway.asking.told import Next
from services.ledger.answers import Episode
from services.ledger.paging import Page


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


_TOLD = example("alerts", "silenced")
_NAMES = ("alert_id", "segment_id", "border_id", "countries", "traffic", "opened_at", "level")
_ITEM: dict[str, Any] = {
    **{name: _TOLD[name] for name in _NAMES},
    "ended_at": None,
    "worst": _TOLD["level"],
    "headline": _TOLD["headline"],
    "transitions": 1,
    "last": _TOLD,
}
_TRIED = example("deliveries", "delivered")


class _Episode(_Answer):
    alert_id: Identifier
    segment_id: Identifier
    border_id: Identifier
    countries: tuple[CountryCode, CountryCode]
    traffic: Traffic
    opened_at: Moment
    ended_at: Moment | None = Field(default=None, description="Null while it is open.")
    level: Level = Field(description="After its last transition.")
    worst: Level = Field(description="The worst that it ever had.")
    headline: Name


class AlertItem(_Episode):
    """An alert by its last transition."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})

    transitions: int = Field(ge=1, description="How many there were.")
    last: Alert


class AlertPage(_Answer):
    """A page of alerts, the one that was opened last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ITEM], "next": None}]})

    items: tuple[AlertItem, ...]
    next: str | None = Next


class CommandTold(_Answer):
    """What an operator said."""

    recorded_at: Moment
    command: Command


class DeliveryPage(_Answer):
    """A page of attempts, the last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_TRIED], "next": None}]})

    items: tuple[Delivery, ...]
    next: str | None = Next


class WholeAlert(_Episode):
    """An alert with its history, its explanation, and whom it reached."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {n: v for n, v in _ITEM.items() if n not in ("transitions", "last")}
                | {
                    "explanation": _TOLD["explanation"],
                    "history": [_TOLD],
                    "commands": [],
                    "deliveries": [_TRIED],
                    "more_deliveries": False,
                }
            ]
        }
    )

    explanation: Text = Field(description="Why, in words: that of the last transition.")
    history: tuple[Alert, ...] = Field(description="Every transition, the first one first.")
    commands: tuple[CommandTold, ...] = Field(description="The first one first.")
    deliveries: tuple[Delivery, ...] = Field(description="The last attempts, the last first.")
    more_deliveries: bool = Field(description="Whether there are more, under .../deliveries.")


def page(found: Iterable[Episode], follows: str | None) -> AlertPage:
    """Return a page of alerts."""
    items = (
        AlertItem(**_common(told), transitions=len(told.transitions), last=told.transitions[-1])
        for told in found
    )
    return AlertPage(items=tuple(items), next=follows)


def whole(
    told: Episode, said: Sequence[tuple[datetime, AnyCommand]], tried: Page[Delivery]
) -> WholeAlert:
    """Return an alert with everything."""
    return WholeAlert(
        **_common(told),
        explanation=told.transitions[-1].explanation,
        history=told.transitions,
        commands=tuple(CommandTold(recorded_at=at, command=command) for at, command in said),
        deliveries=tried.items,
        more_deliveries=tried.last is not None,
    )


def _common(told: Episode) -> dict[str, Any]:
    last = told.transitions[-1]
    return {
        "alert_id": told.alert_id,
        "segment_id": told.segment_id,
        "border_id": told.border_id,
        "countries": last.countries,
        "traffic": told.traffic,
        "opened_at": told.opened_at,
        "ended_at": told.resolved_at,
        "level": last.level,
        "worst": Level.worst(*(t.level for t in told.transitions)),
        "headline": last.headline,
    }
