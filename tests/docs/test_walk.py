"""The commands of the pages, typed one after the other as they stand, at a stack of their own."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.local import kafka
from services.local.broker import BrokerKind
from services.ports import free_port
from services.replay.events import case
from tests.conftest import kind_under_test
from tests.docs import material
from tests.docs.elsewhere import BY, HELD, PAGES
from tests.docs.pages import ROOT, Command, commands, pages
from tests.docs.shell import Shell, shell

pytestmark = pytest.mark.skipif(
    kind_under_test() is BrokerKind.TANSU,
    reason="the gateway, to which much is said here, does not run on Tansu",
)

UP = "FOREWARN_WORKER__CLOCK=log .venv/bin/forewarn up"
"""How the README starts what everything is typed at."""

STAYS = {
    "forewarn topics tail alerts": r"raised",
    "forewarn topics tail incidents.rejected": r"expected",
    "forewarn worker": r" OK \^",
    "forewarn ledger run": r"^following ",
    "forewarn gateway run": r"serving http://",
    "forewarn notifier run": r"following the alerts|another notifier works",
    "curl -N 'http://127.0.0.1:8080/v1/alerts/stream?since=beginning&border=KGZ-TJK'": (
        r"retry: \d+\nid: \S+\n\nid: \S+\nevent: raised\ndata: \{\"specversion\":\"1.0\",\"id\":"
    ),
}
"""What a reader ends by Ctrl-C, and what it has said by then."""

SAYS = {
    "forewarn doctor": r"^ok +packages +Forewarn ",
}
"""What a page says that a command says."""

ENDS = {"forewarn worker": 0}
"""With which code a command ends, where it is not 0."""


_ANOTHER = (
    "FOREWARN_KAFKA__TOPIC_PREFIX=another.",
    "FOREWARN_WORKER__GROUP=another",
    "FOREWARN_DATA_DIR=another",
)
"""What makes a cluster of one's own of the broker that the stack has."""


ASIDE = {
    # The first key locks out who has none.
    "forewarn keys": "FOREWARN_DATA_DIR=aside",
    # The port of the pages is that of the gateway that runs.
    "forewarn gateway run": "FOREWARN_GATEWAY__PORT=0",
}
"""What begins so is typed with another setting, so as to leave the stack alone."""


def bare(command: Command) -> str:
    """Return a command without where the program is, and without remarks."""
    text = re.sub(r" +#.*$", "", command.text, flags=re.M)
    return text.replace(".venv/bin/forewarn", "forewarn")


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A folder with the files that the pages name, and a stack that knows the case."""
    folder = tmp_path_factory.mktemp("walk")
    gateway, metrics = free_port(), free_port()
    env = {
        "FOREWARN_BORDERS": "KGZ-TJK",
        "FOREWARN_GATEWAY__PORT": str(gateway),
        "FOREWARN_NOTIFIER__CONFIG": "notifier.toml",
    }
    material.write(folder)
    # Kafka's libraries are fetched once for all tests.
    libraries = kafka.LIBRARIES.parent
    (ROOT / libraries).mkdir(parents=True, exist_ok=True)
    (folder / libraries).parent.mkdir(exist_ok=True)
    (folder / libraries).symlink_to(ROOT / libraries)
    with (
        shell(folder, env) as typed,
        typed.staying(f"FOREWARN_METRICS__PORT={metrics} {UP}", "Ctrl-C stops") as up,
    ):
        (broker,) = re.findall(r"Kafka at (\S+)\.$", up.said.text, re.M)
        _tell(typed, broker)
        first, second = _rejected(typed)
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


def _tell(typed: Shell, broker: str) -> None:
    """Let the stack know the case, the reports that pages speak of, and some that are damaged."""
    shutil.copy(case(), typed.folder / "case.ndjson")
    material.others(typed.folder)
    for told in ("replay case.ndjson", "publish others.ndjson"):
        done = typed.type(f"forewarn {told}")
        assert done.code == 0, done.text
    asyncio.run(_damage(broker))


def _rejected(typed: Shell) -> list[str]:
    """Return the names of the damaged ones once they have been rejected."""
    while True:
        done = typed.type("forewarn rejected list --json")
        assert done.code == 0, done.text
        found = [json.loads(line)["rejected"] for line in done.text.splitlines()]
        if len(found) == len(material.damaged()):
            return found


async def _damage(broker: str) -> None:
    morning = datetime(2022, 9, 14, 5, tzinfo=UTC)
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    for key, value in material.damaged():
        at = int(morning.timestamp() * 1000)
        await producer.send_and_wait("incidents", value, key=key, timestamp_ms=at)
    await producer.stop()


# What docs/access.md erases has been published by then.
WALKED = sorted(
    (page for page in pages() if str(page.relative_to(ROOT)) not in PAGES),
    key=lambda page: page.name == "access.md",
)


@pytest.mark.parametrize("page", WALKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_runs_as_it_stands(page: Path, typed: Shell) -> None:
    typed.forget()
    faults, block = [], 0
    for command in commands(page):
        text = bare(command)
        if not command.shown or text in BY or text in HELD or text.startswith("make "):
            continue
        if command.block != block:
            block = command.block
            typed.leave_settings()
        if fault := type_one(typed, command, text):
            faults.append(f"{command}\n{fault}")
    assert faults == []


def type_one(typed: Shell, command: Command, text: str) -> str | None:
    """Type a command; return what is wrong with what came of it."""
    aside = " ".join(said for begins, said in ASIDE.items() if text.startswith(begins))
    statement, says = f"{aside} {command.text}", SAYS.get(text, STAYS.get(text, ""))
    done = typed.watch(statement, says) if text in STAYS else typed.type(statement)
    print(f"$ {statement.strip()}\n{done.text[-2000:]}")
    if done.code != ENDS.get(text, 130 if text in STAYS else 0):
        return f"ended with {done.code}:\n{done.text[-2000:]}"
    return None if re.search(says, done.text, re.M) else f"did not say {says!r}:\n{done.text}"
