"""However the writes of owners and of those who no longer are come to stand, the owner's count."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from services.risk.fence import EPOCH, MARK, Fence

KEYS = (b"a", b"b", b"c")

Record = tuple[bytes, bytes | None, tuple[tuple[str, bytes], ...]]


@dataclass
class Log:
    """A changelog of one partition, what its owners believe, and what the last one must find."""

    records: list[Record] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    owned: dict[bytes, bytes] = field(default_factory=dict)

    def begin(self) -> None:
        """Give the partition to somebody else."""
        self.epochs.append(len(self.records))
        self.records.append((MARK, b"1", ()))

    def write(self, owner: int, key: bytes, value: bytes | None) -> None:
        """Let one that has been owner write; only the last one's writes are to count."""
        epoch = self.epochs[owner % len(self.epochs)]
        self.records.append((key, value, ((EPOCH, b"%d" % epoch),)))
        if epoch == self.epochs[-1]:
            if value is None:
                self.owned.pop(key, None)
            else:
                self.owned[key] = value


def restored(records: list[Record], fence: Fence) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for offset, (key, value, headers) in enumerate(records):
        if fence.passes(0, offset, key, headers):
            if value is None:
                found.pop(key, None)
            else:
                found[key] = value
    return found


STEPS = st.lists(
    st.one_of(
        st.just(None),
        st.tuples(
            st.integers(0, 9), st.sampled_from(KEYS), st.one_of(st.none(), st.binary(max_size=3))
        ),
    ),
    max_size=60,
)


@given(STEPS)
def test_only_what_the_owner_of_the_time_has_written_counts(
    steps: list[tuple[int, bytes, bytes | None] | None],
) -> None:
    log, fence = Log(), Fence()
    log.begin()
    for step in steps:
        if step is None:
            log.begin()
        else:
            log.write(*step)
    assert restored(log.records, fence) == log.owned
    assert restored(log.records, fence) == log.owned, "read from the beginning again"


def test_partitions_are_told_apart() -> None:
    fence = Fence()
    assert not fence.passes(0, 5, MARK, ())
    assert not fence.passes(0, 6, b"a", [(EPOCH, b"2")])
    assert fence.passes(1, 6, b"a", [(EPOCH, b"2")])


def test_what_is_read_again_counts_again_though_its_own_mark_is_compacted_away() -> None:
    fence = Fence()
    for _ in range(2):
        assert fence.passes(0, 3, b"a", [(EPOCH, b"1")])
        assert not fence.passes(0, 5, MARK, ())
        assert not fence.passes(0, 6, b"a", [(EPOCH, b"1")])


def test_a_state_without_an_epoch_counts() -> None:
    fence = Fence()
    fence.passes(0, 5, MARK, ())
    assert fence.passes(0, 6, b"a", ())
