"""What is kept of a segment: how large it grows, and what is written of it once a batch."""

from datetime import timedelta
from typing import Any

import pytest

from models.domain.risk import HISTORY_DAYS
from services.risk.tables import DAYS, STATES, Change, Stored, changes, net, store
from tests.builders import NOON, Memory, asserted, at, effect

MOST_BYTES = 65_536
"""Of a segment's state, whatever happened on it."""


def lived(days: int, reports: int) -> Memory:
    """Return what is remembered after so many days, each with so many deadly reports."""
    told = [
        asserted(
            effect(f"I-{day}-{n}", start=at(days=day), deaths=99_999),
            offset=day * reports + n,
            recorded=at(days=day),
        )
        for day in range(days)
        for n in range(reports)
    ]
    memory = Memory(told[0])
    memory.fold(*told)
    return memory


def test_a_state_is_bounded_whatever_the_history() -> None:
    once = lived(HISTORY_DAYS + 1, 1)
    longer = lived(HISTORY_DAYS + 400, 1)
    more = lived(HISTORY_DAYS + 1, 3)
    sizes = [len(STATES.dump(memory.state)) for memory in (once, longer, more)]
    assert max(sizes) < MOST_BYTES
    # Numbers of more digits are all that more reports and longer times can add.
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)
    assert sizes[2] == pytest.approx(sizes[0], rel=0.05)
    assert len(longer.days) == len(once.days) == HISTORY_DAYS + 1


def test_of_several_states_of_a_key_the_last_is_written_once_and_after_its_parts() -> None:
    written: list[bytes] = []

    class Table(dict[bytes, bytes]):
        def __setitem__(self, key: bytes, value: bytes) -> None:
            written.append(key)
            super().__setitem__(key, value)

    memory = Memory(asserted(effect()))
    told: list[Change[Any]] = []
    for n in range(3):
        start = NOON + timedelta(days=n // 2)
        counted = effect(f"I-{n}", start=start)
        memory.fold(asserted(counted, offset=n, recorded=start))
        told += changes(memory.state, dict(memory.days))
    table = Table()
    store(told, table)
    segment = memory.state.segment_id.encode()
    assert written == [segment + b"|2021-04-29", segment + b"|2021-04-30", segment]
    assert STATES.load(table[segment]) == memory.state


def test_what_is_kept_already_is_not_written_again() -> None:
    memory = Memory(asserted(effect()))
    memory.fold(asserted(effect()))
    table: dict[bytes, bytes] = {}
    store(changes(memory.state, dict(memory.days)), table)
    assert net(changes(memory.state, dict(memory.days)), table) == {}
    (day,) = (key for key in table if b"|" in key)
    assert net([Change(day, DAYS, None)], table) == {day: None}


def test_only_what_stands_in_a_table_is_remembered_as_an_object() -> None:
    kind, table = Stored(list[int]), dict[bytes, bytes]()
    for number in range(50):
        store([Change(b"a", kind, [number]), Change(b"b", kind, [-number])], table)
        state = kind.load(table[b"a"])
        assert kind.load(table[b"a"]) is state
    assert set(kind._known) == set(table.values())
    store([Change(b"a", kind, None)], table)
    assert set(kind._known) == {table[b"b"]}
    assert kind.load(b"[49]") == [49]
