"""The page of capacity says what the kept results of the benchmark say."""

import pytest

from tests.bench import results
from tests.bench.declared import Sizes
from tests.bench.job import Measured
from tests.bench.page import PAGE, RESULTS, page
from tests.bench.registry import CASES


def made_up() -> results.Results:
    """Return results in which every figure is its place in the table of cases."""
    rounds = {
        case.name: [Measured(dict.fromkeys(case.metrics, float(number)))]
        for number, case in enumerate(CASES, start=1)
    }
    about = {
        "machine": {"cores": 2, "cpu": "a processor", "memory_gb": 8},
        "versions": {"kafka": "1.2.3"},
        "traffic": {"incidents": 1000, "segments": 10, "on_busiest_tenth": 0.9},
    }
    return results.results(CASES, rounds, {}, Sizes(), about)


def test_every_figure_of_the_page_is_one_of_the_results() -> None:
    text = page(made_up())
    assert "a processor" in text
    for case in CASES:
        if case.group in ("count", "state", "growth", "start"):
            assert f"| {case.label} |" in text, case.name
    number = {case.name: n for n, case in enumerate(CASES, start=1)}
    assert f"half within {number['latency-100']} ms" in text


@pytest.mark.skipif(not RESULTS.exists(), reason="no full run is kept yet: make bench")
def test_the_page_is_the_one_that_the_kept_results_give() -> None:
    assert PAGE.read_text() == page(results.read(RESULTS)), "run: python -m tests.bench.page"
