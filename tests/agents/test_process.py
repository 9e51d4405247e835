"""How an agent does a batch: all of it together, or in parts, and no more than it may."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from models.engine import Engine
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from services.records import Outgoing
from services.risk import agents
from services.risk.agents import process
from services.risk.changelog import Changes
from services.risk.ending import Watch
from services.risk.handlers import Locating
from services.risk.limit import RejectLimit, TooManyRejects
from services.risk.tables import INCIDENTS as KNOWN
from services.risk.tables import Change, net
from tests.agents.fakes import Bearing, Held, Stream, batch
from tests.agents.test_agents import worked
from tests.builders import raw, report

REVISIONS = [raw(report(revision=n)) for n in range(1, 8)]


async def test_a_batch_is_published_whole_and_each_state_kept_once_after_it(
    decisions: Engine,
) -> None:
    publisher, states, acknowledged = await worked(Locating(decisions), batch(*REVISIONS, start=3))
    assert [out.topic for out in publisher.published] == [OBSERVATIONS] * len(REVISIONS)
    assert publisher.kept_at_publish == [{}]
    ((partition, changes),) = states.kept
    assert (partition, list(changes)) == (0, [b"I-1"])
    assert acknowledged == [10]


async def test_batches_lead_to_the_state_of_one_at_a_time(decisions: Engine) -> None:
    _, whole, _ = await worked(Locating(decisions), batch(*REVISIONS))
    singles = [batch(value, start=n) for n, value in enumerate(REVISIONS)]
    _, one_by_one, _ = await worked(Locating(decisions), *singles)
    assert whole.held == one_by_one.held


async def test_a_state_that_does_not_change_is_not_written_again(decisions: Engine) -> None:
    states = Held()
    for _ in range(2):
        await worked(Locating(decisions), batch(REVISIONS[0]), states=states)
    assert len(states.kept) == 1


def test_what_is_changed_last_is_written_last() -> None:
    """A segment's parts stand before the state that counts them, whatever was there before."""
    known = [Change(key, KNOWN, None) for key in (b"state", b"part", b"state", b"new")]
    held = {b"state": b"1", b"part": b"2"}
    assert net(known, held) == {b"part": None, b"state": None}
    assert list(net(known, held)) == [b"part", b"state"]


async def test_states_that_do_not_fit_together_are_kept_part_by_part(decisions: Engine) -> None:
    class Keyed(Held):
        """Takes the changes of at most three records at once."""

        def fits(self, changes: Changes) -> bool:
            sizes.append(len(changes))
            return len(changes) <= 3

    class Spread(Locating):
        def _locate(self, delivery: Any, desk: Any) -> Any:
            key = b"I-%d" % delivery.ref.offset
            return super()._locate(delivery.__class__(**fields(delivery) | {"key": key}), desk)

    def fields(delivery: Any) -> dict[str, Any]:
        return {name: getattr(delivery, name) for name in delivery.__slots__}

    sizes: list[int] = []
    values = [raw(report(incident_id=f"I-{n}")) for n in range(10)]
    publisher, states, acknowledged = await worked(
        Spread(decisions), batch(*values), states=Keyed()
    )
    assert max(len(changes) for _, changes in states.kept) <= 3
    assert len(states) == len(publisher.published) == 10, "nothing is published in vain"
    assert acknowledged == [10]


async def test_records_that_take_long_are_handled_a_few_at_a_time(
    decisions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports that many others are compared with: the loop serves Kafka and its end in between."""

    class Slow(Locating):
        def handle(self, deliveries: Any, table: Any) -> Any:
            sizes.append(len(deliveries))
            time.sleep(0.002 * len(deliveries))
            return super().handle(deliveries, table)

    monkeypatch.setattr(agents, "HELD_S", 0.02)
    sizes: list[int] = []
    # Also those that trickle in one by one tell nothing of how long fifty take.
    counts = (50, 1, 1, 1, 1, 1, 1, 50)
    batches = [
        batch(*(raw(report(incident_id=f"I-{n}")) for n in range(count)), start=sum(counts[:at]))
        for at, count in enumerate(counts)
    ]
    _, _, acknowledged = await worked(Slow(decisions), *batches)
    assert (sizes[0], sum(sizes)) == (50, sum(counts))
    # It is tried once in a while whether more can be taken again.
    assert max(sizes[1:]) <= 20
    assert acknowledged[-1] == sum(counts)


async def test_the_record_at_which_a_worker_stops_is_done_and_none_after_it(
    decisions: Engine,
) -> None:
    ended: list[Exception] = []

    class App:
        async def end(self, failure: Exception) -> None:
            ended.append(failure)

    app: Any = App()
    watch: Any = Watch(app, RejectLimit(0.5, 10, least=4))
    values = [REVISIONS[0], b"{", b"{", b"{", b"{", REVISIONS[1]]
    publisher, states, acknowledged = await worked(
        Locating(decisions), batch(*values, start=20), watch=watch
    )
    assert [out.topic for out in publisher.published] == [OBSERVATIONS] + [REJECTED] * 3
    assert list(states) == [b"I-1"]
    assert acknowledged == [24]
    assert [str(e)[:14] for e in ended] == ["3 of the last "]
    assert isinstance(ended[0], TooManyRejects)


async def test_an_agent_that_fails_ends_the_worker_with_nothing_acknowledged(
    decisions: Engine,
) -> None:
    class Broken(Held):
        async def keep(self, partition: int, changes: Changes) -> None:
            raise RuntimeError(f"no {partition} {len(changes)}")

    watch = Bearing()
    _, _, acknowledged = await worked(
        Locating(decisions), batch(*REVISIONS, start=5), states=Broken(), watch=watch
    )
    assert [str(e) for e in watch.failures] == ["no 0 1"]
    assert (acknowledged, watch.told) == ([5], [])


async def test_an_agent_that_is_cancelled_in_mid_batch_acknowledges_nothing_of_it(
    decisions: Engine,
) -> None:
    class Away:
        async def publish(self, outgoing: Sequence[Outgoing]) -> None:
            assert outgoing
            await asyncio.sleep(60)

    stream = Stream(batch(*REVISIONS, start=5))
    faked: Any = stream, Away(), Bearing()
    work = process(faked[0], INCIDENTS, Locating(decisions), Held(), faked[1], faked[2])
    task = asyncio.create_task(work)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert stream.acknowledged == [5]


async def test_a_tombstone_is_a_record_like_any_other(decisions: Engine) -> None:
    watch = Bearing()
    _, _, acknowledged = await worked(
        Locating(decisions), batch(None, REVISIONS[0], None), watch=watch
    )
    assert watch.told == [RejectReason.NOT_JSON, None, RejectReason.NOT_JSON]
    assert acknowledged == [3]
