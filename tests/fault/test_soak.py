"""What counts as growth over an hour, and what does not."""

from pathlib import Path

import pytest

from tests.fault import page, results
from tests.fault.judging import Findings
from tests.fault.soak import Course, Job, figures

FLAT = [500.0, 520.0, 505.0, 515.0] * 10
FILLING = [300.0, 400.0, 480.0, 500.0, *FLAT]
LEAKING = [500.0 + 10 * minute for minute in range(40)]
KILLS = [100, 9_000, 4_000, 50] * 10
BEHIND = [100 * look for look in range(40)]


@pytest.mark.parametrize(
    ("memory", "lag", "grows"),
    [
        (FLAT, KILLS, []),
        (FILLING, KILLS, []),
        (LEAKING, KILLS, ["memory of worker"]),
        (FLAT, [n + 1_000 * (at // 10) for at, n in enumerate(KILLS)], []),
        (FLAT, [n + 1_500 * (at // 10) for at, n in enumerate(KILLS)], ["the workers' lag"]),
        (FLAT, BEHIND, []),
        (FLAT, [2 * n for n in BEHIND], ["the workers' lag"]),
        ([], [], []),
    ],
)
def test_what_ends_above_where_it_was_grows(
    memory: list[float], lag: list[int], grows: list[str]
) -> None:
    course = Course(lag=lag)
    course.memory["worker"] += memory
    assert course.growing() == grows


def test_the_page_shows_what_a_soak_came_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (results, page):
        monkeypatch.setattr(module, "SOAK", tmp_path / "soak.json")
    job, course = Job(60, 250, 7, ("KGZ-TJK",), 120), Course(30, KILLS)
    course.memory["worker"] += LEAKING
    results.keep_soak(figures(job, course, 900_123, Findings(unseen=["one"])), job.seed)
    shown = page.page()
    for said in (
        "work for 60 minutes on KGZ-TJK, at\n250 reports a second over 20,000 incidents",
        "and 10 % of the times to another place",
        "was killed every 120 s, 30 times. 900,123 reports were acknowledged: 1 were unseen,",
        "0 duplicated and 0 differing. What grew: memory of worker",
        "| memory of the worker, at most [MB] | 590 | 690 | 790 | 890 |",
    ):
        assert said in shown
