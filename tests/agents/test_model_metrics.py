"""What the worker tells of its model: of actual traffic alone, once there is enough."""

from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from models.domain.risk import SegmentState
from models.engine import Engine
from models.escalation import artifact
from models.escalation.drift import Distribution, Reference
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import LABELS
from models.escalation.registry import newest
from schemas.incident import Traffic
from schemas.observation import Observed
from services import records
from services.composition import engine
from services.metrics import table
from services.risk.handlers import Assessing
from services.risk.model_metrics import WEEKS, ModelMetrics
from services.risk.observing import Observer
from services.settings import Model, Settings
from tests.agents.test_agents import delivered
from tests.builders import Memory, asserted, at, effect, tick
from tests.models import copied

NEWEST = newest().name
WHOLE = Distribution(edges=(1e9,), shares=(1.0, 0.0))
"""Everything is below a thousand million: what is scored is as usual."""

KNOWN = Reference(features=dict.fromkeys(FEATURE_NAMES, WHOLE), scores=dict.fromkeys(LABELS, WHOLE))
MANIFEST = artifact.load(newest()).manifest.model_copy(update={"reference": KNOWN})
FATAL = asserted(effect(deaths=3))
LAST_DAY = datetime(2017, 12, 18, tzinfo=UTC).timestamp()
"""Of the data that the newest model was trained on."""

QUARTER: list[Observed] = [FATAL, *(tick(at(days=d)) for d in range(1, 180))]


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    own = tmp_path_factory.mktemp("own")
    copied(own / "trial-1")
    chosen = Model(version=NEWEST, shadow="trial-1", directory=own)
    return engine(Settings(borders=("KGZ-TJK",), model=chosen))


class _Seeing(Observer):
    def __init__(self, found: ModelMetrics) -> None:
        self._found = found

    def saw(self, before: SegmentState | None, after: SegmentState) -> None:
        self._found.saw(before, after)


def told(decisions: Engine, *observations: Observed) -> ModelMetrics:
    """Return the metrics of a worker that assessed ``observations`` one after the other."""
    found = ModelMetrics(decisions, MANIFEST)
    handler, states = Assessing(decisions, _Seeing(found)), dict[bytes, bytes]()
    for offset, observation in enumerate(observations):
        (handled,) = handler.handle(
            [delivered(records.observation(observation).value, offset)], states
        )
        assert handled.rejected is None
        handled.store(states)
    return found


Samples = dict[tuple[str, ...], float]


def samples(found: ModelMetrics) -> Samples:
    registry = CollectorRegistry()
    registry.register(found)
    return parsed(generate_latest(registry).decode())


def parsed(text: str) -> Samples:
    return {
        (sample.name, *(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_models_in_use_are_told_from_the_start(decisions: Engine) -> None:
    assert samples(told(decisions)) == {
        (table.MODEL.name, "serves", NEWEST): 1,
        (table.MODEL.name, "shadow", "trial-1"): 1,
        (table.MODEL_DATA_END.name, NEWEST): LAST_DAY,
        (table.MODEL_ROWS.name,): 0,
    }


def test_rows_are_sampled_by_the_week_and_drift_is_told_once_there_are_enough(
    decisions: Engine,
) -> None:
    few = samples(told(decisions, *QUARTER[:40]))
    assert few[table.MODEL_ROWS.name,] == 6
    assert not any(name in (table.FEATURE_PSI.name, table.SCORE_PSI.name) for name, *_ in few)
    segments = [f"KGZ-TJK-050-1{number}" for number in range(8)]
    everywhere = [o.model_copy(update={"segment_id": s}) for s in segments for o in QUARTER]
    enough = samples(told(decisions, *everywhere))
    assert enough[table.MODEL_ROWS.name,] == 8 * WEEKS
    assert {name[1] for name in enough if name[0] == table.FEATURE_PSI.name} == set(FEATURE_NAMES)
    assert {name[1] for name in enough if name[0] == table.SCORE_PSI.name} == set(LABELS)
    assert enough[table.FEATURE_PSI.name, FEATURE_NAMES[0]] == pytest.approx(0, abs=1e-3)


def test_what_was_told_once_is_told_anew_when_more_is_known(decisions: Engine) -> None:
    found = told(decisions)
    assert samples(found)[table.MODEL_ROWS.name,] == 0
    memory = Memory(FATAL)
    before = memory.fold(FATAL)
    found.saw(before, memory.fold(tick(at(days=8))))
    assert samples(found)[table.MODEL_ROWS.name,] == 1


def test_forecasts_are_held_against_what_happened(decisions: Engine) -> None:
    def ratios(*observations: Observed) -> dict[str, float]:
        found = samples(told(decisions, *observations))
        return {name[1]: v for name, v in found.items() if name[0] == table.CALIBRATION.name}

    assert ratios(*QUARTER) == dict.fromkeys(LABELS, 0.0)
    later = asserted(effect("I-2", deaths=1, start=at(days=120)), offset=1, recorded=at(days=121))
    happened = ratios(*QUARTER[:121], later, *QUARTER[121:])
    assert happened["fatal_7d"] > 1
    assert happened["escalation_14d"] == 0
    assert ratios(*QUARTER[:10]) == {}, "nothing is old enough"


def test_exercises_are_not_sampled(decisions: Engine) -> None:
    exercise = [o.model_copy(update={"traffic": Traffic.EXERCISE}) for o in QUARTER]
    assert samples(told(decisions, *exercise))[table.MODEL_ROWS.name,] == 0


def test_a_fault_of_the_metrics_stops_no_record(
    decisions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: SegmentState | None) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("models.escalation.health.Sample.saw", broken)
    told(decisions, *QUARTER[:3])
