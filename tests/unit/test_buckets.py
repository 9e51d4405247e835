"""How fast a caller may ask, whatever its clock does."""

import pytest

from services.gateway.buckets import Bucket


def asked(*moments: float, rate: float = 1, burst: int = 2) -> list[float]:
    """Return how long each request, at those moments [s], would have to wait [s]."""
    bucket = Bucket(burst, 0)
    return [bucket.wait(moment, rate, burst) for moment in moments]


def test_a_bucket_gives_what_is_in_it_and_fills_with_time() -> None:
    assert asked(0, 0, 0, 1) == [0, 0, 1, 0]
    assert asked(0, 0, 100, 100, 100) == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("step", [-3600, 3600])
def test_a_clock_that_is_stepped_takes_nothing_away(step: float) -> None:
    assert asked(0, step, step + 1, step + 2) == [0, 0, 0, 0]
