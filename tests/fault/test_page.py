"""The page of faults is what its figures make of it, and they show nothing lost or told twice."""

import json

import pytest

from tests.fault.faults import FAULTS
from tests.fault.page import PAGE, page
from tests.fault.results import RESULTS, SOAK, summed

FOUND = json.loads(RESULTS.read_text())


def test_the_page_is_as_the_figures_make_it() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.fault.page"


def test_every_row_is_a_fault() -> None:
    assert set(FOUND) == {fault.name for fault in FAULTS}


@pytest.mark.parametrize("name", FOUND)
def test_nothing_was_unseen_duplicated_or_different(name: str) -> None:
    row = summed(FOUND[name])
    assert row["runs"] > 0
    assert row["acknowledged"] > 0
    assert [row[field] for field in ("unseen", "duplicated", "differing")] == [0, 0, 0]


def test_the_soak_lost_nothing_and_nothing_grew() -> None:
    found = json.loads(SOAK.read_text())
    assert found["acknowledged"] > 0
    fields = ("unseen", "duplicated", "differing", "growing")
    assert [found[name] for name in fields] == [0, 0, 0, []]


def test_pieces_add_up() -> None:
    one = {
        "runs": 2, "acknowledged": 10, "unseen": 1, "duplicated": 0, "differing": 2, "alerts": 3,
        "told": 4, "longest_s": 7.5, "recovered": [1.0, 9.0],
    }  # fmt: skip
    other = one | {"runs": 3, "longest_s": 2.0, "recovered": [2.0, 3.0, 4.0]}
    assert summed([one, other]) == {
        "runs": 5, "acknowledged": 20, "unseen": 2, "duplicated": 0, "differing": 4, "alerts": 6,
        "told": 8, "longest_s": 7.5, "recovered_s": 3.0, "slowest_s": 9.0,
    }  # fmt: skip
