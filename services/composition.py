"""Builds the engine that the worker and the replays share, from settings."""

from pathlib import Path

from models.domain.segments import Atlas
from models.engine import Engine
from models.escalation import artifact
from models.escalation.artifact import MANIFEST_FILE, Artifact, Manifest
from models.escalation.errors import UnknownModel
from models.escalation.registry import Choice, Registry
from models.escalation.scorer import Scorer
from models.steps import Rules
from services.borders import load_segments
from services.settings import Settings


def engine(settings: Settings) -> Engine:
    """Return the engine for the settings' borders, model and limits."""
    atlas = Atlas(load_segments(settings.borders, settings.segment_km))
    chosen = choice(settings)
    scorer = Scorer(model(settings, chosen.serves))
    shadow = Scorer(model(settings, chosen.shadow)) if chosen.shadow else None
    return Engine(atlas, scorer, rules(settings), shadow)


def rules(settings: Settings) -> Rules:
    """Return the judgements that the settings make."""
    return Rules(locate_limit_km=settings.locate_limit_km, ladder=settings.ladder.rules())


def registry(settings: Settings) -> Registry:
    """Return the models at hand: the build's and the operator's own."""
    return Registry(settings.models)


def choice(settings: Settings) -> Choice:
    """Return which models score: those of the settings, else those that are promoted.

    A shadow that is promoted belongs to the version that is promoted with it: settings that name
    another version name its shadow too, or there is none.
    """
    named = settings.model
    if named.version:
        return Choice(named.version, named.shadow)
    promoted = registry(settings).choice()
    return Choice(promoted.serves, named.shadow or promoted.shadow)


def model(settings: Settings, name: str) -> Artifact:
    """Return the checked model of a version or in a folder.

    Raises
    ------
    UnknownModel, UnusableModel
        There is none, or this build cannot use it.
    """
    try:
        return registry(settings).load(name)
    except UnknownModel:
        if not Path(name).is_dir():
            raise
    return artifact.load(Path(name))


def manifest(settings: Settings, name: str) -> tuple[Path, Manifest | None]:
    """Return where the model of a version or in a folder is, and what its manifest says.

    None where it cannot be read: the model itself is not looked at.
    """
    try:
        folder = registry(settings).find(name)
    except UnknownModel:
        folder = Path(name)
    try:
        return folder, Manifest.model_validate_json((folder / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError):
        return folder, None
