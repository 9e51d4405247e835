"""What there is before a worker joins its group."""

from typing import Any

import pytest

from services import topics
from services.composition import engine
from services.risk import worker
from services.settings import Settings, Worker
from services.truth import versions


async def test_the_tables_changelogs_are_there_before_a_worker_joins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else one that joins while another makes them is given a partition without its states."""
    made: list[Any] = []

    async def ensure_compacted(_kafka: Any, name: str, partitions: int) -> None:
        made.append((name, partitions))

    async def prepare(_settings: Settings, _engine: Any) -> None:
        made.append("tables")

    monkeypatch.setattr(topics, "ensure_compacted", ensure_compacted)
    monkeypatch.setattr(versions, "prepare", prepare)
    settings = Settings(borders=("KGZ-TJK",), worker=Worker(group="g"))
    await worker._prepare(settings, engine(settings))
    *changelogs, last = made
    assert last == "tables"
    assert [partitions for _, partitions in changelogs] == [4, 4]
    names = [name for name, _ in changelogs]
    assert all(name.startswith("g-") and name.endswith("-changelog") for name in names)
    assert {name.split("-")[1] for name in names} == {"incidents", "segments"}
