"""Says which broker the integration tests run against, and chooses it."""

import os
from typing import TYPE_CHECKING, Any

# The threads of small fits wait for each other by spinning: beside other processes on the same
# cores that takes ten times as long. Set before scikit-learn is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A console of ours keeps for good the width that it finds here when it is imported, in place of
# what a test gives.
os.environ.pop("COLUMNS", None)

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from services.local.broker import BrokerKind, choose, tools

if TYPE_CHECKING:
    from models.engine import Engine

BROKER = "tests/integration/"
"""The folder of the tests that need the broker."""

FIRST = (BROKER, "tests/agents/", "tests/fault/", "tests/secured/")
"""What takes longest, in the order in which it begins. On a clean clone the first worker translates
the model to machine code: those that run a broker of their own come once that is kept."""

# A slow machine is no fault of a law.
settings.register_profile("forewarn", deadline=None)
settings.load_profile("forewarn")


@pytest.fixture(scope="session")
def decisions() -> "Engine":
    """The engine of the Kyrgyz-Tajik border, which takes seconds to make."""
    # So does what it is made of, which the process that only hands out tests never needs.
    from services.composition import engine
    from services.settings import Settings

    return engine(Settings(borders=("KGZ-TJK",)))


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


class ByBroker(LoadScopeScheduling):  # type: ignore[misc]
    """Lets two processes, each with a broker, run what needs one; spreads the rest by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        if BROKER not in file:
            return file
        # Each half takes about as long.
        return f"{BROKER}{'a-g' if file < f'{BROKER}test_h' else 'h-z'}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByBroker:
    """Return how tests are spread over processes."""
    return ByBroker(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in FIRST])
