"""A stack that is started as the README says, and a shell in the folder where it was."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from services.local.environment import PORTS
from services.replay.events import case
from tests.docs import material
from tests.docs.shell import Shell, shell
from tests.ports import lasting_port, lasting_ports

UP = "FOREWARN_WORKER__CLOCK=log .venv/bin/forewarn up"
"""How the README starts what everything is typed at."""

_ANOTHER = (
    "FOREWARN_KAFKA__TOPIC_PREFIX=another.",
    "FOREWARN_WORKER__GROUP=another",
    "FOREWARN_DATA_DIR=another",
)
"""What makes a cluster of one's own of the broker that the stack has."""


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A folder with the files that the pages name, and a stack that knows the case."""
    folder = tmp_path_factory.mktemp("walk")
    gateway, metrics = lasting_port(), lasting_ports(len(PORTS))
    env = {
        "FOREWARN_BORDERS": "KGZ-TJK",
        "FOREWARN_GATEWAY__PORT": str(gateway),
        "FOREWARN_NOTIFIER__CONFIG": "notifier.toml",
    }
    material.write(folder)
    with (
        shell(folder, env) as typed,
        typed.staying(f"FOREWARN_METRICS__PORT={metrics} {UP}", _is_up) as up,
    ):
        (broker,) = re.findall(r"Kafka at (\S+)\.$", up.said.text, re.M)
        _tell(typed, broker)
        first, second = _rejected(typed)
        assert typed.type("forewarn ledger run --until-caught-up").code == 0
        typed.here |= {
            "kafka-1:9092,kafka-2:9092": f"{broker} {' '.join(_ANOTHER)}",
            "REPLICATION_FACTOR=3": "REPLICATION_FACTOR=1",
            "0:17": first,
            "2:4": second,
            "3f9c02ab71de": "$(cut -d_ -f2 mission.key)",
            "http://127.0.0.1:8080": f"http://127.0.0.1:{gateway}",
            "https://gateway": f"http://127.0.0.1:{gateway}",
            "HOST:9108": f"127.0.0.1:{metrics}",
        }
        yield typed


def _is_up(said: str) -> bool:
    return "Ctrl-C stops" in said


def _tell(typed: Shell, broker: str) -> None:
    """Let the stack know the case, the reports that pages speak of, and some that are damaged."""
    shutil.copy(case(), typed.folder / "case.ndjson")
    material.others(typed.folder)
    for told in ("replay case.ndjson", "publish others.ndjson"):
        done = typed.type(f"forewarn {told}")
        assert done.code == 0, done.text
    asyncio.run(_damage(broker))


def _rejected(typed: Shell) -> list[str]:
    """Return the names of the damaged ones, once all that cannot count has been rejected."""
    while True:
        done = typed.type("forewarn rejected list --all --json")
        assert done.code == 0, done.text
        found = [json.loads(line) for line in done.text.splitlines()]
        faults = [one["rejected"] for one in found if one["reason"] != "too-far"]
        if (len(faults), len(found)) == (len(material.damaged()), len(material.damaged()) + 1):
            return faults


async def _damage(broker: str) -> None:
    morning = datetime(2022, 9, 14, 5, tzinfo=UTC)
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    for key, value in material.damaged():
        at = int(morning.timestamp() * 1000)
        await producer.send_and_wait("incidents", value, key=key, timestamp_ms=at)
    await producer.stop()
