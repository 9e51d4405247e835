"""What the worker tells Prometheus: as text, over HTTP, and of actual traffic alone."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from models.domain.risk import SegmentState
from models.engine import Engine
from models.escalation.drift import Distribution, Reference
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import LABELS
from models.escalation.registry import newest
from schemas.incident import Traffic
from schemas.observation import Observed
from services import metrics, records
from services.composition import engine
from services.metrics import ModelMetrics, PortTaken, serve
from services.ports import free_port
from services.risk.handlers import Assessing
from services.settings import Metrics, Model, Settings
from tests.agents.test_agents import delivered
from tests.builders import Memory, asserted, at, effect, tick
from tests.models import copied

NEWEST = newest().name
WHOLE = Distribution(edges=(1e9,), shares=(1.0, 0.0))
"""Everything is below a thousand million: what is scored is as usual."""

KNOWN = Reference(features=dict.fromkeys(FEATURE_NAMES, WHOLE), scores=dict.fromkeys(LABELS, WHOLE))
FATAL = asserted(effect(deaths=3))
QUARTER: list[Observed] = [FATAL, *(tick(at(days=d)) for d in range(1, 180))]


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    own = tmp_path_factory.mktemp("own")
    copied(own / "trial-1")
    chosen = Model(version=NEWEST, shadow="trial-1", directory=own)
    return engine(Settings(borders=("KGZ-TJK",), model=chosen))


def told(decisions: Engine, *observations: Observed) -> ModelMetrics:
    """Return the metrics of a worker that assessed ``observations`` one after the other."""
    found = ModelMetrics(decisions, KNOWN)
    handler, table = Assessing(decisions, found.saw), dict[bytes, bytes]()
    for offset, observation in enumerate(observations):
        (handled,) = handler.handle(
            [delivered(records.observation(observation).value, offset)], table
        )
        assert handled.rejected is None
        handled.store(table)
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
        (metrics.INFO, "serves", NEWEST): 1,
        (metrics.INFO, "shadow", "trial-1"): 1,
        (metrics.ROWS,): 0,
    }


def test_rows_are_sampled_by_the_week_and_drift_is_told_once_there_are_enough(
    decisions: Engine,
) -> None:
    few = samples(told(decisions, *QUARTER[:40]))
    assert few[metrics.ROWS,] == 6
    assert not any(name in (metrics.FEATURE_PSI, metrics.SCORE_PSI) for name, *_ in few)
    segments = [f"KGZ-TJK-050-1{number}" for number in range(8)]
    everywhere = [o.model_copy(update={"segment_id": s}) for s in segments for o in QUARTER]
    enough = samples(told(decisions, *everywhere))
    assert enough[metrics.ROWS,] == 8 * metrics.WEEKS
    assert {name[1] for name in enough if name[0] == metrics.FEATURE_PSI} == set(FEATURE_NAMES)
    assert {name[1] for name in enough if name[0] == metrics.SCORE_PSI} == set(LABELS)
    assert enough[metrics.FEATURE_PSI, FEATURE_NAMES[0]] == pytest.approx(0, abs=1e-3)


def test_what_was_told_once_is_told_anew_when_more_is_known(decisions: Engine) -> None:
    found = told(decisions)
    assert samples(found)[metrics.ROWS,] == 0
    memory = Memory(FATAL)
    before = memory.fold(FATAL)
    found.saw(before, memory.fold(tick(at(days=8))))
    assert samples(found)[metrics.ROWS,] == 1


def test_forecasts_are_held_against_what_happened(decisions: Engine) -> None:
    def ratios(*observations: Observed) -> dict[str, float]:
        found = samples(told(decisions, *observations))
        return {name[1]: v for name, v in found.items() if name[0] == metrics.CALIBRATION}

    assert ratios(*QUARTER) == dict.fromkeys(LABELS, 0.0)
    later = asserted(effect("I-2", deaths=1, start=at(days=120)), offset=1, recorded=at(days=121))
    happened = ratios(*QUARTER[:121], later, *QUARTER[121:])
    assert happened["fatal_7d"] > 1
    assert happened["escalation_14d"] == 0
    assert ratios(*QUARTER[:10]) == {}, "nothing is old enough"


def test_exercises_are_not_sampled(decisions: Engine) -> None:
    exercise = [o.model_copy(update={"traffic": Traffic.EXERCISE}) for o in QUARTER]
    assert samples(told(decisions, *exercise))[metrics.ROWS,] == 0


def test_a_fault_of_the_metrics_stops_no_record(
    decisions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: SegmentState | None) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("models.escalation.health.Sample.saw", broken)
    told(decisions, *QUARTER[:3])


@pytest.fixture
def served(decisions: Engine) -> Iterator[Metrics]:
    where = Metrics(port=free_port())
    server = serve(where, told(decisions, *QUARTER[:40]))
    assert server is not None
    yield where
    server.shutdown()
    server.server_close()


def test_prometheus_reads_them_over_http(served: Metrics) -> None:
    with urlopen(f"http://127.0.0.1:{served.port}/metrics") as answer:
        found = parsed(answer.read().decode())
    assert found[metrics.ROWS,] == 6
    assert not any(name.startswith("python_") for name, *_ in found), "a registry of its own"


def test_a_port_that_is_taken_is_named(served: Metrics, decisions: Engine) -> None:
    with pytest.raises(PortTaken, match=rf"METRICS__PORT: .*127.0.0.1:{served.port}"):
        serve(served, told(decisions))


def test_no_port_serves_nothing_and_nothing_is_registered_globally(decisions: Engine) -> None:
    assert serve(Metrics(), told(decisions)) is None
    assert "forewarn" not in generate_latest(REGISTRY).decode()


def test_metrics_are_off_unless_a_port_is_set(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).metrics.port is None
