"""Which alerts a reader asks for: on rows in SQL, and on alerts in memory, alike."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, and_, or_

from schemas.alert import Alert
from schemas.assessment import Level
from schemas.base import Identifier
from schemas.incident import Traffic
from services.ledger.tables import alerts

Names = Annotated[tuple[Identifier, ...], Field(max_length=200)]


class Asked(BaseModel):
    """What the query of each address of the feed may say of the alerts that are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    border: Names = Field(
        default=(),
        description="Only on these borders, their segments and as a whole; may be repeated.",
        examples=[["KGZ-TJK"]],
    )
    segment: Names = Field(
        default=(),
        description="Only on these segments; a border's id: on it as a whole; may be repeated.",
        examples=[["KGZ-TJK-050-02"]],
    )
    level: Level | None = Field(
        default=None,
        description="The lowest level that counts: alerts that are at it or above, or come from "
        "there, so that who saw an alert rise sees it fall too.",
        examples=["warning"],
    )
    traffic: tuple[Traffic, ...] = Field(
        default=(Traffic.ACTUAL,),
        min_length=1,
        max_length=len(Traffic),
        description="Only of these kinds; all but 'actual' are not real. May be repeated.",
        examples=[["actual"]],
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; an empty set lets everything through."""

    borders: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    levels: frozenset[Level] = frozenset()
    traffic: frozenset[Traffic] = frozenset()

    @staticmethod
    def by(asked: Asked) -> "Wanted":
        """Return the filter that a query asks for."""
        lowest = asked.level or Level.NORMAL
        above = {level for level in Level if level.rank >= lowest.rank}
        return Wanted(
            frozenset(asked.border),
            frozenset(asked.segment),
            frozenset() if lowest is Level.NORMAL else frozenset(above),
            frozenset(asked.traffic),
        )

    def takes(self, alert: Alert) -> bool:
        """Tell whether an alert is asked for."""
        return (
            (not self.borders or alert.border_id in self.borders)
            and (not self.segments or alert.segment_id in self.segments)
            and (not self.traffic or alert.traffic in self.traffic)
            and (not self.levels or alert.level in self.levels or self._comes_from(alert))
        )

    def _comes_from(self, alert: Alert) -> bool:
        return alert.previous_level in self.levels

    def clause(self) -> ColumnElement[bool]:
        """Return the condition that rows of the table ``alerts`` fulfil which are asked for."""
        at, known = alerts.c, list[ColumnElement[bool]]()
        if self.borders:
            known.append(at.border_id.in_(sorted(self.borders)))
        if self.segments:
            known.append(at.segment_id.in_(sorted(self.segments)))
        if self.traffic:
            known.append(at.traffic.in_(sorted(self.traffic)))
        if self.levels:
            levels = sorted(self.levels)
            known.append(or_(at.level.in_(levels), at.previous_level.in_(levels)))
        return and_(*known) if known else at.partition >= 0


EVERYTHING = Wanted()
