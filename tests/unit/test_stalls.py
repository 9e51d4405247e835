"""A worker is stuck where something is to be done and nothing moves for too long."""

from services.risk.stalls import Stalls, Waiting


def at(come: int, limit_s: float = 60.0) -> Waiting:
    return Waiting(come, limit_s)


def test_what_waits_and_does_not_move_is_told_once_its_limit_has_passed() -> None:
    stalls = Stalls(gap_s=1_000)
    assert stalls.look(0.0, {"incidents 0": at(5)}) is None
    assert stalls.look(60.0, {"incidents 0": at(5)}) is None
    assert stalls.look(61.0, {"incidents 0": at(5)}) == "incidents 0: nothing has moved for 61 s"


def test_what_moves_is_not_stuck_however_much_waits() -> None:
    stalls = Stalls(gap_s=1_000)
    assert not any(stalls.look(30.0 * n, {"incidents 0": at(n)}) for n in range(100))


def test_what_has_nothing_to_do_begins_anew_when_something_comes() -> None:
    stalls = Stalls(gap_s=1_000)
    stalls.look(0.0, {"incidents 0": at(5)})
    stalls.look(50.0, {})
    assert stalls.look(100.0, {"incidents 0": at(5)}) is None


def test_one_that_is_stuck_is_told_beside_others_that_move() -> None:
    stalls = Stalls(gap_s=1_000)
    for n in range(3):
        told = stalls.look(40.0 * n, {"a": at(n), "b": at(0), "c": at(n)})
    assert told == "b: nothing has moved for 80 s"


def test_each_has_a_limit_of_its_own() -> None:
    stalls = Stalls(gap_s=1_000)
    stalls.look(0.0, {"joining": at(0, 180), "incidents 0": at(0, 60)})
    assert stalls.look(100.0, {"joining": at(0, 180)}) is None
    assert stalls.look(181.0, {"joining": at(0, 180)}) is not None


def test_what_could_not_be_looked_at_is_not_stuck() -> None:
    stalls = Stalls(gap_s=1_000)
    stalls.look(0.0, {"a": at(0)})
    stalls.forget()
    assert stalls.look(100.0, {"a": at(0)}) is None


def test_time_in_which_nobody_could_look_counts_for_nothing() -> None:
    """A process that was stopped and goes on finds its group's work where it left it."""
    stalls = Stalls(gap_s=30)
    stalls.look(0.0, {"a": at(0)})
    assert stalls.look(120.0, {"a": at(0)}) is None
    assert [stalls.look(120.0 + n, {"a": at(0)}) for n in (30, 60)] == [None, None]
    assert stalls.look(181.0, {"a": at(0)}) == "a: nothing has moved for 61 s"
