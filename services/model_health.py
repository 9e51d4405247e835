"""What ``forewarn model health`` does: folds the log as the worker does, and examines a model."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from math import isnan
from typing import Any, Literal

from models.domain.days import Day
from models.domain.risk import SegmentState, remember
from models.engine import Engine
from models.escalation.drift import Verdict
from models.escalation.errors import UnusableModel
from models.escalation.health import NO_REFERENCE, Health, Sample, examine
from models.escalation.scorer import Scorer
from schemas.incident import Traffic
from schemas.topics import OBSERVATIONS
from schemas.versions import decode
from services.composition import choice, engine, model
from services.ledger import database
from services.ledger.source import Source
from services.log import reader
from services.progress import Advance, bars
from services.records import Delivery
from services.settings import Settings
from services.terminal import Terminal
from services.truth.command import Log, counted

_WORSE = {"moved": {Verdict.MOVED, Verdict.SHIFTED}, "shifted": {Verdict.SHIFTED}}


class Folding:
    """Folds the observations of actual traffic, and samples them by the week."""

    def __init__(self, decisions: Engine, weeks: int) -> None:
        self.sample = Sample(weeks, decisions.row)
        self._engine = decisions
        self._known: dict[str, tuple[SegmentState, dict[int, Day]]] = {}

    def take(self, batch: Sequence[Delivery]) -> None:
        """Fold records of ``observations``; what the worker rejects is left out here too."""
        for delivery in batch:
            try:
                observation = decode(OBSERVATIONS, delivery.value or b"")
            except ValueError:
                continue
            if observation.traffic is not Traffic.ACTUAL:
                continue
            before, days = self._known.get(observation.segment_id, (None, {}))
            folded = self._engine.fold(before, days, observation, delivery.ref).folded
            remember(days, folded)
            self._known[observation.segment_id] = folded.state, days
            self.sample.saw(before, folded.state)


async def health(
    settings: Settings,
    days: int,
    version: str | None,
    source: Literal["kafka", "ledger"],
    screen: Terminal,
) -> Health:
    """Return how a model, by default the one that serves, did over the last ``days`` of the log.

    The whole log is folded, since the features of a day look back five years; the last record time
    of the log is its end, so that a replayed history is examined as it was.

    Raises
    ------
    UnknownModel, UnusableModel
        The version is not there, or this build cannot use it.
    """
    artifact = model(settings, version or choice(settings).serves)
    folding = Folding(engine(settings), weeks=days // 7)
    with bars(screen) as advance:
        if source == "kafka":
            async with reader(settings.kafka) as log:
                await _fold(log, folding, advance)
        else:
            store = database.connect(database.url(settings), create=False)
            try:
                await _fold(Source(store), folding, advance)
            finally:
                store.dispose()
    folding.sample.close()
    sample = folding.sample.forecasts()
    return examine(sample, Scorer(artifact), artifact.manifest.reference)


async def _fold(log: Log, folding: Folding, advance: Advance) -> None:
    async for batch in counted(log, OBSERVATIONS, advance, f"folding {OBSERVATIONS.name}"):
        folding.take(batch)


def failed(found: Health, fail_on: Collection[str]) -> bool:
    """Tell whether a health is bad enough to end with 1.

    ``fail_on`` holds "moved" or "shifted", for drift, and "miscalibrated".

    Raises
    ------
    UnusableModel
        Drift is asked for, and the model has nothing that it could be measured against.
    """
    drifting = [_WORSE[word] for word in fail_on if word != "miscalibrated"]
    if drifting and found.features is None:
        msg = f"--fail-on: {found.version}: {NO_REFERENCE}, or give --fail-on miscalibrated alone"
        raise UnusableModel(msg)
    drifts = (*(found.features or ()), *(found.scores or ()))
    moved = any(one.verdict in worse for worse in drifting for one in drifts)
    return moved or ("miscalibrated" in fail_on and not all(c.fits for c in found.calibration))


def plain(found: Health) -> dict[str, Any]:
    """Return a health as JSON holds it: what is no number is null."""
    content = asdict(found)
    for name in ("first", "last"):
        content[name] = content[name].isoformat() if isinstance(content[name], date) else None
    for rows in (content["features"] or (), content["scores"] or (), content["calibration"]):
        for row in rows:
            row |= {n: None for n, v in row.items() if isinstance(v, float) and isnan(v)}
    for row, one in zip(content["calibration"], found.calibration, strict=True):
        row["verdict"] = one.verdict
    return content
