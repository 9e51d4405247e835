"""What is remembered beside the tables: what stands in them, and nothing that did."""

from services.risk.tables import Change, Stored, store


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
