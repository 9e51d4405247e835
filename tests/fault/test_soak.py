"""What counts as growth over an hour, and what does not."""

import pytest

from tests.fault.soak import Course

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
    course = Course(lag)
    course.memory["worker"] += memory
    assert course.growing() == grows
