"""A real broker for the session, and workers on it with topics of their own."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from services.local.broker import Broker, local_broker
from services.local.running import Running
from services.local.stack import stack
from services.settings import Kafka, Settings, Worker
from tests.conftest import kind_under_test
from tests.databases import postgres_url, server, sqlite_url, where

__all__ = ["postgres_url", "server", "sqlite_url", "where"]

Start = Callable[[], AbstractAsyncContextManager[Running]]
_numbers = itertools.count()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    folder = tmp_path_factory.mktemp("broker")
    async with local_broker(folder, bootstrap=None, prefer=kind_under_test(), say=print) as found:
        yield found


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> Settings:
    """Settings for topics and a worker that no other test shares."""
    name = f"t{next(_numbers)}."
    return Settings(
        kafka=Kafka(bootstrap_servers=broker.bootstrap, topic_prefix=name),
        worker=Worker(group=f"{name}risk", clock="log"),
        borders=("KGZ-TJK",),
        data_dir=tmp_path,
    )


@pytest.fixture
def start(settings: Settings) -> Start:
    """Start a worker on those topics, for as long as the context lasts."""
    return lambda: stack(settings, None, print)
