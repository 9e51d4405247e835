"""Routes of alerts: those wanted, and one with its history, its reasons and its deliveries."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from schemas.assessment import Level
from schemas.topics import ALERTS, COMMANDS, DELIVERIES
from services.gateway import problems
from services.gateway.asking import alerted
from services.gateway.asking.alerted import AlertPage, DeliveryPage, WholeAlert
from services.gateway.asking.answering import Ask, Asking
from services.gateway.asking.cursors import KEY_OF_NAMED, KEY_OF_RECORD
from services.gateway.asking.parameters import (
    AlertId,
    BorderId,
    KnownBy,
    Paged,
    SegmentId,
    Then,
    When,
)
from services.gateway.asking.places import missing
from services.gateway.conditional import SAME
from services.ledger import episodes
from services.ledger.answers import Episode
from services.ledger.episodes import AlertsWanted
from services.ledger.paging import Known, Window

router = APIRouter(tags=["alerts"], responses=SAME)

_OF_ONE = (ALERTS.name, COMMANDS.name, DELIVERIES.name)
_MAY_MISS = problems.responses(problems.NOT_FOUND, problems.READ_MODEL_AWAY)
_WITH_IT = Window(100)


class AlertsAsked(Then, Paged):
    """Which alerts: all that is given must hold."""

    segment: SegmentId | None = Field(default=None, description="On this segment.")
    border: BorderId | None = Field(
        default=None, description="On this border or one of its segments."
    )
    level: Level | None = Field(
        default=None,
        description="At least this: an open alert now, one that has ended at its worst.",
        examples=["warning"],
    )
    state: Literal["open", "ended"] | None = Field(
        default=None, description="Only those that are open, or over.", examples=["open"]
    )
    since: When | None = Field(default=None, description="Opened at this moment or later.")
    until: When | None = Field(default=None, description="Opened before this moment.")
    at: When | None = Field(
        default=None,
        description="Those that stood at this moment, with all that is known of them by `as_of`.",
    )

    @property
    def wanted(self) -> AlertsWanted:
        """What of the ledger is asked for."""
        return AlertsWanted(
            self.traffic,
            self.segment,
            self.border,
            self.level,
            self.state,
            self.since,
            self.until,
            self.at,
        )


class AttemptsAsked(KnownBy, Paged):
    """Which attempts."""


@router.get(
    "/v1/alerts",
    operation_id="listAlerts",
    summary="Alerts, by place, level and time",
    response_model=AlertPage,
    responses=problems.responses(problems.BAD_REQUEST, problems.READ_MODEL_AWAY),
)
def alerts(asked: Annotated[AlertsAsked, Query()], asking: Ask) -> Response:
    """Return the alerts that are wanted, the one that was opened last first."""
    at, window = asking.page((ALERTS.name,), asked, KEY_OF_NAMED)
    found = episodes.page(asking.ledger, asked.wanted, Known(at, asked.as_of), window)
    follows = asking.next(found.last, at)
    return asking.answer(alerted.page(found.items, follows), at)


@router.get(
    "/v1/alerts/{alert_id}",
    operation_id="getAlert",
    summary="One alert: its history, why, and whom it reached",
    response_model=WholeAlert,
    responses=_MAY_MISS,
)
def alert(
    alert_id: Annotated[AlertId, Path()], asked: Annotated[KnownBy, Query()], asking: Ask
) -> Response:
    """Return an alert with all its transitions, its explanation, commands and last deliveries.

    Who commanded is withheld from callers who may not see it.
    """
    known = asking.known(_OF_ONE, asked)
    told = _named(asking, alert_id, known)
    said = episodes.commands(asking.ledger, alert_id, known, classified=asking.classified)
    tried = episodes.deliveries(asking.ledger, told, known, _WITH_IT)
    return asking.answer(alerted.whole(told, said, tried), known.positions)


@router.get(
    "/v1/alerts/{alert_id}/deliveries",
    operation_id="listDeliveries",
    summary="Every attempt to tell of an alert",
    response_model=DeliveryPage,
    responses=_MAY_MISS | problems.responses(problems.BAD_REQUEST),
)
def deliveries(
    alert_id: Annotated[AlertId, Path()], asked: Annotated[AttemptsAsked, Query()], asking: Ask
) -> Response:
    """Return the attempts to deliver notifications of an alert, the last first."""
    at, window = asking.page(_OF_ONE, asked, KEY_OF_RECORD)
    known = Known(at, asked.as_of)
    found = episodes.deliveries(asking.ledger, _named(asking, alert_id, known), known, window)
    page = DeliveryPage(items=found.items, next=asking.next(found.last, at))
    return asking.answer(page, at)


def _named(asking: Asking, alert_id: str, known: Known) -> Episode:
    told = episodes.named(asking.ledger, alert_id, known)
    if told is None:
        raise missing("alert", alert_id, (), "/v1/alerts")
    return told
