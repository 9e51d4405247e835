"""What the benchmark samples, how it sums up, and that its results tell of the declared cases."""

from collections import Counter
from pathlib import Path

import pytest

from schemas.event import EventKind, IncidentEvent
from services.records import incident
from tests.bench import bars, picture, results, traffic
from tests.bench.bars import Bar, value
from tests.bench.declared import GROUPS, METRICS, QUICK, Sizes
from tests.bench.expected import expected
from tests.bench.figures import growth, middle, percentile, ratio
from tests.bench.job import Job, Measured
from tests.bench.registry import BY_NAME, CASES
from tests.bench.traffic import Report
from tests.builders import at, report

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "tests" / "bench" / "results.json"


def world(segments: int = 40) -> list[Report]:
    """Return reports on so many segments: the first has most, the last has one."""
    return [
        _report(f"SEGMENT-{s:02}", f"UCDP-GED-{s}-{n}", n)
        for s in range(segments)
        for n in range(segments - s)
    ]


def _report(segment: str, name: str, day: int) -> Report:
    data = report(incident_id=name)
    event = IncidentEvent(
        specversion="1.0",
        id=f"{name}:1",
        source="urn:test",
        type=EventKind.INCIDENT,
        time=at(days=day),
        data=data,
    )
    return traffic.report_of(event, segment)


def test_nine_tenths_of_the_traffic_lie_on_the_busiest_tenth_of_the_segments() -> None:
    sampled = traffic.sample(world(), 1_000)
    top = traffic.busiest(Counter(r.segment for r in world()))
    assert top == {f"SEGMENT-{s:02}" for s in range(4)}
    assert sum(s.segment.decode() in top for s in sampled) == 900
    assert traffic.concentration(sampled, world()) == 0.9


def test_equal_seeds_sample_equal_bytes_and_others_do_not() -> None:
    first, again, other = (traffic.sample(world(), 500, seed) for seed in (1, 1, 2))
    assert first == again
    assert traffic.digest(first) == traffic.digest(again) != traffic.digest(other)


def test_each_incident_has_an_id_of_its_own_and_keeps_its_date() -> None:
    sampled = traffic.sample(world(), 1_000)
    assert len({s.key for s in sampled}) == 1_000
    assert [s.at_ms for s in sampled] == sorted(s.at_ms for s in sampled)
    for s in sampled[::100]:
        record = incident(s.event)
        assert (record.key, record.value) == (s.key, s.value)


def test_reports_are_read_back_as_they_were_kept(tmp_path: Path) -> None:
    traffic.write(world(5), tmp_path / "reports.tsv")
    assert traffic.read(tmp_path / "reports.tsv") == world(5)


def test_what_must_be_seen_adds_up() -> None:
    known = expected(traffic.sample(world(), 1_000), partitions=4)
    for seen in known.topics.values():
        assert seen["records"] == 1_000
        assert sum(n for name, n in seen.items() if name.startswith("partition_")) == 1_000
    assert known.topics["incidents"]["checksum"] == known.topics["segments"]["checksum"]
    assert known.counts.total() == 1_000


def test_the_median_of_rounds_is_unknown_where_one_is_missing() -> None:
    assert middle([3.0, 1.0, 2.0]) == 2.0
    assert middle([3.0, None, 2.0]) is None
    assert middle([]) is None
    assert ratio(6.0, 2.0) == 3.0
    assert ratio(6.0, None) is None


def test_a_percentile_needs_values_beyond_it() -> None:
    values = [float(n) for n in range(1, 1_001)]
    assert percentile(values, 0.5) == 500.0
    assert percentile(values, 0.99) == 990.0
    assert percentile(values, 0.999) == 999.0
    assert percentile(values[:999], 0.999) is None


def test_growth_is_one_for_what_is_linear_beyond_a_fixed_cost() -> None:
    sizes = (1_000, 10_000, 100_000)
    assert growth(sizes, [5 + n / 1_000 for n in sizes]) == pytest.approx(1.0)
    assert growth(sizes, [5 + (n / 1_000) ** 2 for n in sizes]) == pytest.approx(10.0)
    assert growth(sizes, [5.0, 4.0, 9.0]) is None


def test_a_bar_is_reached_missed_or_not_measured() -> None:
    medians = {"a": {"per_s": 20.0}}
    found = bars.judge(
        medians,
        (
            Bar("met", value("a", "per_s"), "at least", 20),
            Bar("missed", value("a", "per_s"), "more than", 20),
            Bar("unknown", value("b", "per_s"), "at least", 20),
        ),
    )
    assert [v.reached for v in found] == [True, False, None]


def test_every_case_is_declared_soundly() -> None:
    assert len(BY_NAME) == len(CASES)
    for case in CASES:
        assert case.group in GROUPS
        assert case.metrics
        assert set(case.metrics) <= set(METRICS)
        assert set(case.against) <= set(BY_NAME)
        assert case.options(QUICK).keys() == case.options(Sizes()).keys()
        module, _, function = case.run.partition(":")
        source = Path(ROOT, *module.split(".")).with_suffix(".py").read_text()
        assert f"\ndef {function}(job: Job)" in source


def test_every_bar_rests_on_figures_that_cases_measure() -> None:
    medians = {c.name: dict.fromkeys(c.metrics, 1.0) for c in CASES}
    for segments, figure in ((1_000, 1.0), (10_000, 2.0), (100_000, 12.0)):
        medians[f"start-{segments}"] = {"ready_s": figure, "memory_mb": figure}
    assert all(verdict.value is not None for verdict in bars.judge(medians))


def test_results_keep_every_round_and_what_was_left_out(tmp_path: Path) -> None:
    cases = [BY_NAME["count-faust"], BY_NAME["count-quix"], BY_NAME["count-confluent"]]
    rounds = {
        "count-faust": [Measured({"per_s": n}) for n in (1.0, 3.0, 2.0)],
        "count-quix": [Measured({"per_s": n}) for n in (8.0, 8.0, 9.0)],
    }
    found = results.results(cases, rounds, {"count-confluent": "a reason"}, Sizes(), {})
    assert found["cases"]["count-quix"]["median"] == {"per_s": 8.0}
    assert found["cases"]["count-quix"]["times"] == {"count-faust": 4.0}
    assert [r["values"]["per_s"] for r in found["cases"]["count-faust"]["rounds"]] == [1, 3, 2]
    assert found["cases"]["count-confluent"]["skipped"] == "a reason"
    results.write(found, tmp_path / "results.json")
    assert results.read(tmp_path / "results.json") == found
    picture.draw(found, tmp_path / "results.svg")
    assert "Quix Streams" in (tmp_path / "results.svg").read_text()


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    job = Job("r", "b", {"incidents": "i", "segments": "s"}, 4, 9, "f", "c", "t", {"rate": 10})
    job.write(tmp_path / "job.json")
    assert Job.read(tmp_path / "job.json") == job


@pytest.mark.skipif(not RESULTS.exists(), reason="no results are kept")
def test_the_kept_results_are_those_of_the_declared_cases() -> None:
    found = results.read(RESULTS)
    assert list(found["cases"]) == [case.name for case in CASES]
    rounds = {name: [Measured(**r) for r in c["rounds"]] for name, c in found["cases"].items()}
    measured = {name: r for name, r in rounds.items() if r}
    skipped = {n: c["skipped"] for n, c in found["cases"].items() if "skipped" in c}
    assert set(measured) | set(skipped) == set(BY_NAME)
    for name, taken in measured.items():
        assert len(taken) == min(found["sizes"]["rounds"], BY_NAME[name].most_rounds)
    again = results.results(CASES, measured, skipped, Sizes(**found["sizes"]), {})
    for part in ("cases", "bars", "units"):
        assert again[part] == found[part]
