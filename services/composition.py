"""Builds the engine that the worker and the replays share, from settings."""

from models.domain.segments import Atlas
from models.engine import Engine
from models.escalation import artifact
from models.escalation.scorer import Scorer
from models.steps import Rules
from services.borders import load_segments
from services.settings import Settings


def engine(settings: Settings) -> Engine:
    """Return the engine for the settings' borders, model and limits."""
    atlas = Atlas(load_segments(settings.borders, settings.segment_km))
    scorer = Scorer(artifact.load(settings.model or artifact.default_path()))
    return Engine(atlas, scorer, rules(settings))


def rules(settings: Settings) -> Rules:
    """Return the judgements that the settings make."""
    return Rules(locate_limit_km=settings.locate_limit_km, ladder=settings.ladder.rules())
