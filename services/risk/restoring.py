"""Restores tables from their changelogs, a thousand records at a time."""

from collections import Counter
from typing import Any, cast

from faust.tables import manager, recovery
from faust.types import TP, ConsumerT

from services.log import Reader
from services.risk.fencing import Store, patiently


class Recovery(recovery.Recovery):
    """Faust's steps, but for who reads: each record on its own takes it as long as ten here."""

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ARG002
        # Faust takes what is late for the end of the service, and then restores nothing any more;
        # the watchdog sees what does not come at all.
        await super()._wait(coro)

    async def _build_offsets(
        self, consumer: ConsumerT, tps: set[TP], destination: Counter[TP], title: str
    ) -> None:
        await super()._build_offsets(consumer, tps, destination, title)
        if title == "active":
            # While the ends were asked for, an empty queue may have been taken for the end of it.
            self._set_recovery_started()
            async for attempt in patiently():
                with attempt:
                    await self._read(tps, destination)

    async def _read(self, tps: set[TP], offsets: Counter[TP]) -> None:
        """Bring stores up to the ends that were noted.

        ``offsets`` tells how far each is, and is moved along.
        """
        for tp in tps:
            if offsets[tp] > self.active_highwaters[tp]:
                # It was made anew.
                self._store(tp).forget({tp.partition})
                offsets[tp] = -1
        behind = sorted(tp for tp in tps if offsets[tp] < self.active_highwaters[tp])
        if not behind:
            return
        async with self._store(behind[0]).reader() as reader:
            for tp in behind:
                await self._restore(reader, tp, offsets)

    async def _restore(self, reader: Reader, tp: TP, offsets: Counter[TP]) -> None:
        store, end, number = self._store(tp), self.active_highwaters[tp], tp.partition
        while offsets[tp] < end:
            async for batch in reader.messages(
                tp.topic, {number: end + 1}, {number: offsets[tp] + 1}
            ):
                store.take(batch)
                offsets[tp] = batch[-1].offset
            # The last ones may be no records.
            store.reach(number, end)
            offsets[tp] = end
            if store.is_outdated(number):
                store.forget({number})
                offsets[tp] = -1

    def _store(self, tp: TP) -> Store:
        table = cast(Any, self.tp_to_table[tp])
        return cast(Store, table.data)


class Tables(manager.TableManager):
    """The tables of an application, and who restores them."""

    @property
    def recovery(self) -> recovery.Recovery:
        """Return what restores the tables."""
        if self._recovery is None:
            self._recovery = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
