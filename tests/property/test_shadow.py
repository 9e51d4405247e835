"""A model in shadow is heard and changes nothing: no level, no alert, no byte of the rest."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from models.engine import Engine
from models.escalation.artifact import load
from models.escalation.panel import Panel
from models.escalation.registry import newest
from models.escalation.scorer import Scored, Scorer
from schemas.assessment import Assessment
from schemas.topics import ASSESSMENTS, OBSERVATIONS
from services.composition import engine
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.risk.handlers import Assessing
from services.settings import Model, Settings
from tests.models import copied

BORDERS = ("KGZ-TJK",)
QUICK = {"watch": 1e-9, "warning": 1e-8, "critical": 2e-8}
"""Thresholds under which the shadow alone would have everything critical."""


@pytest.fixture(scope="module")
def shaded(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The engine with a shadow that cries wolf."""
    own = tmp_path_factory.mktemp("own")
    copied(own / "wolf-1", thresholds=QUICK)
    version = newest().name
    chosen = Model(version=version, shadow="wolf-1", directory=own)
    return engine(Settings(borders=BORDERS, model=chosen))


async def replayed(decisions: Engine) -> list[Any]:
    """Return every record of the case, in the order in which it is written."""
    found: list[Any] = []
    await drive(events(case(), read(case())), MemoryLog(decisions, 4, found.append))
    return found


async def test_everything_but_the_view_itself_is_as_without_a_shadow(shaded: Engine) -> None:
    with_it, without = await replayed(shaded), await replayed(engine(Settings(borders=BORDERS)))
    assert len(with_it) == len(without) > 1_000
    seen = 0
    for one, other in zip(with_it, without, strict=True):
        if one.ref.topic != ASSESSMENTS.name:
            assert one == other
            continue
        view = orjson.loads(one.value)["shadow"]
        assert (view["model_version"], view["model_level"]) == ("wolf-1", "critical")
        plain = Assessment.model_validate_json(one.value).model_copy(update={"shadow": None})
        assert replace(one, value=plain.model_dump_json().encode()) == other
        seen += plain.level != "critical"
    assert seen > 1_000, "levels that the shadow would have raised"


async def test_views_are_the_same_bytes_in_any_batches(shaded: Engine) -> None:
    log = [d for d in await replayed(shaded) if d.ref.topic == OBSERVATIONS.name][:300]

    def handled(*cuts: int) -> list[Any]:
        handler, table, found = Assessing(shaded), dict[bytes, bytes](), []
        for a, b in pairwise((0, *cuts, len(log))):
            for one in handler.handle(log[a:b], table):
                one.store(table)
                found.append(one)
        return found

    assert handled(1, 2, 9, 140) == handled() == handled(*range(1, 300))


class Failing(Scorer):
    """Stands in for a model that cannot score what it has not seen in training."""

    def score(self, rows: Any) -> list[Scored]:
        if any(row[0] > 2 for row in rows):
            raise ZeroDivisionError("untrained")
        return super().score(rows)


def test_a_shadow_that_fails_takes_neither_the_decision_nor_the_other_views_with_it() -> None:
    artifact = load(newest())
    width = len(artifact.manifest.features)
    rows = np.repeat([[1.0], [2.0], [3.0], [2.0]], width, axis=1)
    alone = Panel(Scorer(artifact)).score(rows)
    panel = Panel(Scorer(artifact), Failing(artifact))
    together = panel.score(rows)
    assert [o.shadow is None for o in together] == [False, False, True, False]
    assert [replace(o, shadow=None) for o in together] == alone
    assert together == [panel.score(row[None])[0] for row in rows]


def test_a_shadow_that_cannot_be_loaded_stops_the_start_and_names_it(tmp_path: Path) -> None:
    chosen = Model(version=newest().name, shadow="gone", directory=tmp_path)
    with pytest.raises(Exception, match="model 'gone'"):
        engine(Settings(borders=BORDERS, model=chosen))
