"""Which models scored each record of the log, by the assessments that name them."""

from collections import Counter
from collections.abc import Sequence

import orjson

from models.engine import Engine
from models.escalation.errors import UnusableModel
from models.escalation.panel import Panel
from models.escalation.scorer import Scorer
from schemas.base import RecordRef
from services.composition import model
from services.records import Delivery
from services.settings import Settings

Names = tuple[str, str | None]
"""The version that decided, and the one in its shadow."""


class Recall:
    """Gives a replay the models that the worker had, so that a promotion changes nothing past.

    ``missing`` counts the assessments that name a version which is not at hand, by why it is not:
    they are replayed under the model that serves now, or without their shadow.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.missing: Counter[str] = Counter()
        self._settings = settings
        # What a folder named by the settings holds need not be in the registry.
        self._scorers: dict[str, Scorer | None] = {
            s.version: s for s in (engine.shadow, engine.scorer) if s is not None
        }
        self._why: dict[str, str] = {}
        # The few pairs of names are shared by the many places that they stand for.
        self._shared: dict[Names, Names] = {}
        self._names: dict[tuple[int, int], Names] = {}
        self._panels: dict[Names, Panel | None] = {}

    def heard(self, batch: Sequence[Delivery]) -> None:
        """Take in records of ``assessments``; of two on one observation the later one counts."""
        for delivery in batch:
            said = orjson.loads(delivery.value or b"{}")
            if (at := said.get("observation")) is None:
                continue
            names = (said["model_version"], (said.get("shadow") or {}).get("model_version"))
            if names not in self._panels:
                self._panels[names] = self._panel(names)
            self._names[at["partition"], at["offset"]] = self._shared.setdefault(names, names)
            for name in names:
                if name in self._why:
                    self.missing[self._why[name]] += 1

    def __call__(self, record: RecordRef) -> Panel | None:
        """Return the models that scored ``record``; None where no model of that name is there."""
        names = self._names.get((record.partition, record.offset))
        return None if names is None else self._panels[names]

    def _panel(self, names: Names) -> Panel | None:
        serves, beside = names
        scorer = self._scorer(serves)
        shadow = self._scorer(beside) if beside else None
        return Panel(scorer, shadow) if scorer else None

    def _scorer(self, version: str) -> Scorer | None:
        if version not in self._scorers:
            try:
                self._scorers[version] = Scorer(model(self._settings, version))
            except UnusableModel as error:
                self._scorers[version] = None
                self._why[version] = f"model {version!r}: {error}"
        return self._scorers[version]
