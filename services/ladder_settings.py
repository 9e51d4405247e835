"""The section of settings that says what the steps of the ladder mean."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.domain.durations import read
from models.domain.errors import UnsoundLadder
from models.domain.ladder import LadderRules, field_of
from models.domain.ladder import Rung as Meaning
from schemas.assessment import Level
from schemas.taxonomy import Step
from services.variables import PREFIX

_RULES = LadderRules()


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _span(value: object) -> object:
    """Take ``2 days`` and ``36h``; leave ISO 8601, which other processes are told, to pydantic."""
    if not isinstance(value, str) or value.lstrip("+-").upper().startswith("P"):
        return value
    if (found := read(value)) is None:
        raise ValueError("expected a number with its unit, e.g. 2 days, 36 hours or 90 minutes")
    return found


Span = Annotated[timedelta, BeforeValidator(_span)]


class Rung(BaseModel):
    """What one step means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Annotated[Level, BeforeValidator(_lower)] = Field(
        description="normal, watch, warning or critical; no milder than a lower step's."
    )
    holds: Span = Field(description="How long after the step was last seen, e.g. 36 hours.")


def _default(step: Step) -> Any:
    meaning = _RULES.rung(step)
    rung = Rung(level=meaning.level, holds=meaning.holds)
    return Field(default=rung, description=f"What is meant by {step.words}.")


class Ladder(BaseModel):
    """The ladder of same-day escalation: see ``docs/ladder.md``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    works: Rung = _default(Step.WORKS)
    stones: Rung = _default(Step.STONES)
    warning_shots: Rung = _default(Step.WARNING_SHOTS)
    shots: Rung = _default(Step.SHOTS)
    heavy_weapons: Rung = _default(Step.HEAVY_WEAPONS)
    climb_within: Span = Field(
        default=_RULES.climb_within, description="A climb that takes longer does not count."
    )
    climb_steps: int = Field(
        default=_RULES.climb_steps, description="Of how many steps a climb is at least, 1 to 4."
    )
    climb_levels: int = Field(
        default=_RULES.climb_levels,
        description="How many levels worse a climb counts, 0 to 3; 0: climbs do not count.",
    )

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        """Let a step of which one value is given keep its other one."""
        if not isinstance(given, Mapping):
            return given
        whole = dict(given)
        for name in set(map(field_of, Step)) & whole.keys():
            if isinstance(whole[name], Mapping):
                whole[name] = cls.model_fields[name].default.model_dump() | whole[name]
        return whole

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        try:
            self.rules()
        except UnsoundLadder as unsound:
            variable = f"{PREFIX}LADDER__{unsound.field}".replace(".", "__").upper()
            msg = f"{variable}: found {unsound.found}; {unsound.expected}"
            raise ValueError(msg) from None
        return self

    def rules(self) -> LadderRules:
        """Return the rules as the domain has them."""
        meanings = {
            name: Meaning(rung.level, rung.holds)
            for name, rung in ((field_of(step), self.rung(step)) for step in Step)
        }
        return LadderRules(
            **meanings,
            climb_within=self.climb_within,
            climb_steps=self.climb_steps,
            climb_levels=self.climb_levels,
        )

    def rung(self, step: Step) -> Rung:
        """Return what is set for ``step``."""
        rung: Rung = getattr(self, field_of(step))
        return rung
