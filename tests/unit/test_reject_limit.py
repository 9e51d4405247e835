"""When a worker has rejected too much: a share of faults over the last records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rejection import RejectReason
from services.risk.limit import RejectLimit, TooManyRejects

BAD = RejectReason.INVALID


def fed(limit: RejectLimit, *reasons: RejectReason | None) -> int:
    """Return after how many of ``reasons`` the limit stops; 0 when it does not."""
    for n, reason in enumerate(reasons, 1):
        try:
            limit.saw(reason)
        except TooManyRejects:
            return n
    return 0


def test_a_share_at_the_limit_is_borne_and_the_next_fault_is_not() -> None:
    assert fed(RejectLimit(0.5, 10, 4), *[None, BAD] * 5) == 0
    assert fed(RejectLimit(0.5, 10, 4), *[None, BAD] * 3, BAD) == 7


def test_nothing_is_said_before_the_least_has_been_seen() -> None:
    assert fed(RejectLimit(0.5, 10, 6), *[BAD] * 10) == 6


def test_what_has_left_the_window_counts_no_more() -> None:
    assert fed(RejectLimit(0.5, 4, 4), None, None, BAD, BAD, None, None, BAD, BAD) == 0
    assert fed(RejectLimit(0.5, 4, 4), *[None] * 1000, BAD, BAD, BAD) == 1003


def test_reports_that_are_set_aside_are_no_faults() -> None:
    assert fed(RejectLimit(0.0, 4, 1), *[RejectReason.TOO_FAR, RejectReason.TOO_COARSE] * 9) == 0


def test_a_share_of_one_never_stops() -> None:
    assert fed(RejectLimit(1.0, 10, 1), *[BAD] * 100) == 0


def test_the_message_counts_the_reasons_and_says_what_to_do() -> None:
    limit = RejectLimit(0.5, 4, 4)
    limit.saw(None)
    limit.saw(BAD)
    limit.saw(RejectReason.FAILED)
    with pytest.raises(TooManyRejects) as raised:
        limit.saw(BAD)
    said = str(raised.value)
    assert "3 of the last 4 records were rejected (2 invalid, 1 failed)" in said
    assert "forewarn rejected list" in said
    assert "FOREWARN_WORKER__REJECT_SHARE" in said


@pytest.mark.parametrize("least", [0, 5])
def test_a_least_that_cannot_be_is_refused(least: int) -> None:
    with pytest.raises(ValueError, match="least"):
        RejectLimit(0.5, 4, least)


@given(
    before=st.lists(st.sampled_from([None, BAD, RejectReason.TOO_FAR]), max_size=12),
    ahead=st.lists(st.sampled_from([None, BAD, RejectReason.TOO_FAR]), max_size=12),
)
def test_how_many_are_borne_is_told_before_they_are_counted(
    before: list[RejectReason | None], ahead: list[RejectReason | None]
) -> None:
    limit, other = RejectLimit(0.5, 8, 4), RejectLimit(0.5, 8, 4)
    if fed(limit, *before):
        return
    fed(other, *before)
    borne = limit.borne(ahead)
    # Asking counts nothing; what is counted then passes the limit at the last record, if at all.
    assert (fed(limit, *ahead) or len(ahead)) == borne
    assert fed(other, *ahead[:borne]) in (0, borne)
