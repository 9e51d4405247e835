"""Says which broker the integration tests run against, and chooses it."""

import os
from pathlib import Path

# The threads of small fits wait for each other by spinning: beside other processes on the same
# cores that takes ten times as long. Set before scikit-learn is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from services.local.broker import BrokerKind, choose, tools

# A slow machine is no fault of a law.
settings.register_profile("forewarn", deadline=None)
settings.load_profile("forewarn")


def kind_under_test() -> BrokerKind:
    """Return FOREWARN_TEST_BROKER, else Apache Kafka where it can run, else Tansu."""
    wanted = os.environ.get("FOREWARN_TEST_BROKER")
    return choose(tools(), None, BrokerKind(wanted) if wanted else None)


def pytest_report_header() -> str:
    """Name the broker in the output of every run."""
    kind = kind_under_test()
    if kind is BrokerKind.KAFKA:
        return f"forewarn: integration tests run on Apache Kafka (Java {tools().java}, Maven)"
    return f"forewarn: integration tests run on Tansu; Apache Kafka needs {tools().missing}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process of several run, in turn, what needs the broker; spread the rest by file."""
    items.sort(key=lambda item: not _needs_the_broker(item.path))
    for item in items:
        group = "broker" if _needs_the_broker(item.path) else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


def _needs_the_broker(path: Path) -> bool:
    return "integration" in path.parts
