"""The taxonomy as an answer: types, the ladder, and the codes of UCDP and CAMEO."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.codebooks import CAMEO, UCDP_VIOLENCE, UCDP_WHEN, UCDP_WHERE
from schemas.incident import GeoPrecision, TimePrecision
from schemas.taxonomy import DE_ESCALATION, STEP_OF, TYPE_OF, EventType, Step, SubEventType

_SUB: dict[str, Any] = {"sub_event_type": "Armed clash", "step": 4, "de_escalation": False}


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class SubType(_Answer):
    """A sub-event type."""

    sub_event_type: SubEventType
    step: Step | None = Field(
        description="The step of the ladder that it shows by itself: 1 to 5; null: none."
    )
    de_escalation: bool = Field(description="Whether it eases the tension.")


class Type(_Answer):
    """One of ACLED's event types and what belongs to it."""

    event_type: EventType
    sub_event_types: tuple[SubType, ...]


class LadderStep(_Answer):
    """A step of same-day escalation; a later one is worse."""

    step: Step
    words: str


class Codes(_Answer):
    """What others' codes are read as."""

    ucdp_type_of_violence: dict[str, SubEventType]
    ucdp_where_prec: dict[str, GeoPrecision]
    ucdp_date_prec: dict[str, TimePrecision]
    cameo: dict[str, SubEventType | None] = Field(
        description="A code takes the longest prefix that stands here; null: no type says it."
    )


class Taxonomy(_Answer):
    """What kinds of incidents there are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_types": [{"event_type": "Battles", "sub_event_types": [_SUB]}],
                    "ladder": [{"step": 4, "words": "shots fired at people"}],
                    "codes": {
                        "ucdp_type_of_violence": {"1": "Armed clash"},
                        "ucdp_where_prec": {"1": "exact"},
                        "ucdp_date_prec": {"1": "day"},
                        "cameo": {"194": "Shelling/artillery/missile attack"},
                    },
                }
            ]
        }
    )

    event_types: tuple[Type, ...]
    ladder: tuple[LadderStep, ...]
    codes: Codes


def taxonomy() -> Taxonomy:
    """Return the tables that incidents are read by."""
    return Taxonomy(
        event_types=tuple(
            Type(
                event_type=kind,
                sub_event_types=tuple(_sub(s) for s, own in TYPE_OF.items() if own is kind),
            )
            for kind in EventType
        ),
        ladder=tuple(LadderStep(step=step, words=step.words) for step in Step),
        codes=Codes(
            ucdp_type_of_violence=UCDP_VIOLENCE,
            ucdp_where_prec={str(code): word for code, word in UCDP_WHERE.items()},
            ucdp_date_prec={str(code): word for code, word in UCDP_WHEN.items()},
            cameo=CAMEO,
        ),
    )


def _sub(kind: SubEventType) -> SubType:
    return SubType(sub_event_type=kind, step=STEP_OF.get(kind), de_escalation=kind in DE_ESCALATION)
