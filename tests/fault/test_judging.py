"""Each thing that can go wrong is found: a checker that finds nothing proves nothing."""

from dataclasses import replace

import pytest

from tests.fault.judging import Counted, Findings, Kept, Posted, Told, judge

ONE, TWO = ("A-1", 1), ("A-1", 2)
GOOD = Kept(
    log={"I-1": 1, "I-2": 2},
    ledger={"I-1": 1, "I-2": 2},
    observations=(
        Counted("S", "I-1", True, False, (0, 1)),
        Counted("S", "I-2", True, False, (0, 2)),
        Counted("S", "I-2", False, True, (0, 3)),
    ),
    alerts=((ONE, b"one"), (TWO, b"two"), (TWO, b"two")),
    ledger_alerts=frozenset({ONE, TWO}),
    delivered=frozenset({ONE, TWO}),
    posted=(Posted("N-1", b"1", frozenset({ONE})), Posted("N-2", b"2", frozenset({TWO}))),
    rejected=frozenset({(0, 9)}),
)


def found(kept: Kept) -> Findings:
    told = Told({("I-1", 1): 0.0, ("I-2", 1): 1.0, ("I-2", 2): 2.0}, {"I-2"})
    return judge(told, [(0, 9)], kept)


def test_what_is_as_it_should_be_is_not_complained_of() -> None:
    assert found(GOOD).all == []


def test_what_nobody_was_promised_may_be_missing() -> None:
    """A publisher that was not told that its report is there sends it again, or knows."""
    kept = replace(GOOD, log={"I-1": 1}, ledger={"I-1": 1}, rejected=frozenset())
    assert judge(Told({("I-1", 1): 0.0}), [], kept).all == []


def test_an_answer_that_no_fault_explains_is_told() -> None:
    told = Told({("I-1", 1): 0.0}, refused=["I-9: is no report"])
    kept = replace(GOOD, rejected=frozenset())
    assert judge(told, [], kept).unseen == ["refused: I-9: is no report"]


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (replace(GOOD, log={"I-2": 2}), "I-1 revision 1: incidents has revision 0"),
        (replace(GOOD, log={"I-1": 1, "I-2": 1}), "I-2 revision 2: incidents has revision 1"),
        (replace(GOOD, ledger={"I-2": 2}), "I-1 revision 1: the ledger has revision 0"),
        (replace(GOOD, observations=GOOD.observations[1:]), "I-1: nothing was ever observed"),
        (replace(GOOD, observations=GOOD.observations[:2]), "I-2: counts although it is withdrawn"),
        (
            replace(
                GOOD, observations=(*GOOD.observations, Counted("S", "I-1", False, True, (0, 4)))
            ),
            "I-1: counts no more although nobody withdrew it",
        ),
        (replace(GOOD, ledger_alerts=frozenset({ONE})), "alert ('A-1', 2): not in the ledger"),
        (replace(GOOD, delivered=frozenset({ONE})), "alert ('A-1', 2): not delivered"),
        (replace(GOOD, posted=GOOD.posted[:1]), "alert ('A-1', 2): its last transition never came"),
        (replace(GOOD, rejected=frozenset()), "the faulty record at (0, 9): not among"),
        (
            replace(GOOD, rejected=frozenset({(0, 9), (1, 4)})),
            "the record at (1, 4): rejected, and",
        ),
    ],
)
def test_what_was_acknowledged_and_is_not_there_is_unseen(kept: Kept, words: str) -> None:
    (told,) = found(kept).unseen
    assert told.startswith(words)
    assert found(kept).all == [told]


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (
            replace(
                GOOD, observations=(*GOOD.observations, Counted("S", "I-1", True, False, (0, 7)))
            ),
            "I-1: counts once more on S",
        ),
        (
            replace(GOOD, posted=(*GOOD.posted, Posted("N-3", b"3", frozenset({ONE})))),
            "alert ('A-1', 1): told under 2 ids",
        ),
        (
            replace(GOOD, posted=(*GOOD.posted, Posted("N-1", b"other", frozenset({ONE})))),
            "notification N-1: came with two contents",
        ),
    ],
)
def test_what_counts_or_is_told_twice_is_duplicated(kept: Kept, words: str) -> None:
    (told,) = found(kept).duplicated
    assert told.startswith(words)
    assert found(kept).all == [told]


@pytest.mark.parametrize(
    "again",
    [
        replace(GOOD, observations=(*GOOD.observations, GOOD.observations[0])),
        replace(GOOD, posted=(*GOOD.posted, GOOD.posted[0])),
        replace(GOOD, alerts=(*GOOD.alerts, GOOD.alerts[0])),
    ],
)
def test_a_record_or_a_notification_that_came_again_as_it_was_is_one(again: Kept) -> None:
    assert found(again).all == []


@pytest.mark.parametrize(
    "kept",
    [
        replace(GOOD, alerts=(*GOOD.alerts, (ONE, b"other"))),
        replace(GOOD, differences=["different first at incidents partition 0 offset 1"]),
    ],
)
def test_two_contents_of_one_alert_and_what_verify_finds_are_different(kept: Kept) -> None:
    assert len(found(kept).differing) == 1
    assert len(found(kept).all) == 1
