"""The route of the model: which one serves, what it was made from, and how good it is."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from models.escalation.artifact import Skill
from models.escalation.card import METRICS
from models.escalation.figures import (
    BudgetFigures,
    Figures,
    Gain,
    LabelFigures,
    Measured,
    Protocol,
    ReliabilityBin,
)
from models.escalation.forecasts import MODEL
from models.escalation.registry import newest
from schemas.base import Probability
from services import composition
from services.gateway.asking.still import Unmoving
from services.gateway.conditional import SAME
from services.gateway.parts import Given
from services.settings import Settings

router = APIRouter(tags=["model"], responses=SAME)

_SKILL: dict[str, Any] = {
    "rows": 1000,
    "positives": 12,
    "average_precision": {"value": 0.36, "low": 0.19, "high": 0.51},
    "auc": {"value": 0.95, "low": 0.9, "high": 0.98},
    "brier_skill": {"value": 0.1, "low": 0.05, "high": 0.15},
    "calibration_error": {"value": 0.001, "low": None, "high": None},
}


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class LabelCard(_Answer):
    """How good the forecasts of one label were in years that the model had not seen."""

    label: str
    horizon_days: int = Field(description="[days]")
    rows: int = Field(description="[segment-weeks]")
    positives: int = Field(description="[segment-weeks] in which it came true.")
    average_precision: dict[str, Measured] = Field(
        description="By model: ours is `model`, the rest are baselines."
    )
    auc: Measured
    brier: Measured
    brier_skill: Measured
    calibration_error: Measured
    reliability: tuple[ReliabilityBin, ...] = Field(description="What was said, and what came.")
    gains: tuple[Gain, ...] = Field(description="Over each baseline, on the same rows.")
    budgets: tuple[BudgetFigures, ...] = Field(description="What alerts bring at each level.")


class Card(_Answer):
    """The figures of the model card; the card itself is models/escalation/CARD.md."""

    protocol: Protocol
    labels: tuple[LabelCard, ...]


class ModelTold(_Answer):
    """The model that scores."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "serves": "escalation-1",
                    "shadow": None,
                    "fault": None,
                    "features": ["deaths_30d"],
                    "thresholds": {"watch": 0.01, "warning": 0.05, "critical": 0.2},
                    "trained_from": "1989-01-01",
                    "trained_to": "2017-12-31",
                    "held_out_borders": ["KGZ-TJK"],
                    "validation": {"escalation_14d": _SKILL},
                    "libraries": {"scikit-learn": "1.9.0"},
                    "data_licence": "UCDP GED (Sundberg and Melander 2013), CC BY 4.0",
                    "card": None,
                }
            ]
        }
    )

    serves: str = Field(description="The version whose levels decide.")
    shadow: str | None = Field(
        default=None, description="The version that is scored beside it, if any."
    )
    fault: str | None = Field(
        default=None, description="Why nothing more is known of it; null where it is."
    )
    features: tuple[str, ...] = ()
    thresholds: dict[str, Probability] = Field(
        default={}, description="Probability of escalation in 14 days at which a level begins."
    )
    trained_from: str | None = Field(default=None, description="First day of its data.")
    trained_to: str | None = Field(default=None, description="Last day of its data.")
    held_out_borders: tuple[str, ...] = Field(default=(), description="Not trained on.")
    validation: dict[str, Skill] = Field(default={}, description="By label.")
    libraries: dict[str, str] = {}
    data_licence: str | None = Field(default=None, description="Of the data it was made from.")
    card: Card | None = Field(
        default=None, description="Only of the model that comes with the build; else null."
    )


@router.get(
    "/v1/model",
    operation_id="getModel",
    summary="The model that serves, and how good it is",
    response_model=ModelTold,
)
def model(still: Unmoving, parts: Given) -> Response:
    """Return the version that serves, the one in shadow, the card's figures, the data's licence."""
    return still.answer(told(parts.settings))


def told(settings: Settings) -> ModelTold:
    """Return what is known of the model that serves."""
    chosen = composition.choice(settings)
    folder, manifest = composition.manifest(settings, chosen.serves)
    if manifest is None:
        fault = f"the manifest of {folder.name!r} cannot be read; see: forewarn model list"
        return ModelTold(serves=folder.name, shadow=_name(chosen.shadow), fault=fault)
    return ModelTold(
        serves=manifest.version,
        shadow=_name(chosen.shadow),
        fault=None,
        features=manifest.features,
        thresholds=manifest.thresholds,
        trained_from=manifest.first_day,
        trained_to=manifest.last_day,
        held_out_borders=manifest.held_out_borders,
        validation=manifest.metrics,
        libraries=manifest.libraries,
        data_licence=manifest.attribution,
        card=_card() if folder == newest() else None,
    )


def _name(version: str | None) -> str | None:
    """Return a version's name; settings may name a folder, whose path is the machine's own."""
    return None if version is None else Path(version).name


@cache
def _card() -> Card:
    figures = Figures.model_validate_json(METRICS.read_bytes())
    return Card(protocol=figures.protocol, labels=tuple(map(_label, figures.labels)))


def _label(figures: LabelFigures) -> LabelCard:
    ours = figures.models[MODEL]
    return LabelCard(
        label=figures.label,
        horizon_days=figures.horizon_days,
        rows=figures.rows,
        positives=figures.positives,
        average_precision={name: m.average_precision for name, m in figures.models.items()},
        auc=ours.auc,
        brier=ours.brier,
        brier_skill=ours.brier_skill,
        calibration_error=ours.calibration_error,
        reliability=ours.reliability,
        gains=figures.gains,
        budgets=ours.budgets,
    )
