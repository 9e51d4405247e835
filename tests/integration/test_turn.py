"""Only one process at a time makes a group's tables."""

import asyncio

import pytest

from services import topics
from services.settings import Settings
from services.truth import group

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_turns_that_are_asked_for_at_once_are_taken_one_after_the_other(
    settings: Settings,
) -> None:
    await topics.ensure(settings.kafka)
    inside, most, done, begun = 0, 0, 0, asyncio.Event()

    async def work(hold_s: float) -> None:
        nonlocal inside, most, done
        async with group.turn(settings.kafka, settings.worker.group) as held:
            inside += 1
            begun.set()
            most = max(most, inside)
            await asyncio.sleep(hold_s)
            held()
            inside -= 1
            done += 1

    # Others join while the first one works, long enough for the group to settle: enough of them
    # that an assignor which goes by their names would hardly leave the turn where it is.
    async with asyncio.timeout(120):
        first = asyncio.create_task(work(10.0))
        await begun.wait()
        await asyncio.gather(first, *(work(0.1) for _ in range(5)))
    assert (most, done) == (1, 6)


async def test_what_is_said_of_the_tables_is_read_back(settings: Settings) -> None:
    name = settings.worker.group
    assert await group.state_version(settings.kafka, name) is None
    await group.set_state_version(settings.kafka, name, 0)
    await group.set_state_version(settings.kafka, name, 7)
    assert await group.state_version(settings.kafka, name) == 7
