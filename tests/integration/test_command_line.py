"""The program as an operator meets it: faults in one line, signals, a stack that is whole."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from schemas.topics import ALERTS, TOPICS
from services import clients, topics
from services.local.broker import Broker
from services.local.environment import environment
from services.local.folder import held
from services.local.running import BrokerDied
from services.local.stack import stack
from services.log import reader
from services.ports import free_port
from services.settings import Kafka, Settings
from services.truth import group
from tests.builders import raw, report
from tests.conftest import kind_under_test
from tests.integration.test_main_job import read_back

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[2]


async def started(folder: Path, *arguments: str, **env: str) -> asyncio.subprocess.Process:
    own = {"FOREWARN_DATA_DIR": str(folder), "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.entry", *arguments),
        env=os.environ | own | env,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


LONG_S = 300
"""How long a command of many processes may take on a busy machine [s]; they have limits of their
own."""


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), LONG_S)
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def stacked(
    folder: Path, until: str, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a command that stays, once it has said ``until``; kill it if it is left running."""
    process = await started(folder, *arguments)
    try:
        async with asyncio.timeout(LONG_S):
            assert process.stdout is not None
            said = b""
            while until.encode() not in said:
                line = await process.stdout.readline()
                assert line, (said, process.stderr and await process.stderr.read())
                said += line
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "reports.ndjson"
    path.write_bytes(raw(report()) + b"\n")
    return path


COMMANDS = [
    ("topics", "tail", "alerts"),
    ("topics", "create"),
    ("worker",),
    ("demo", "--exit"),
    ("verify",),
    ("rejected", "list"),
    ("replay", "FILE"),
    ("publish", "FILE"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_broker_out_of_reach_is_told_in_one_line_within_seconds(
    command: tuple[str, ...], file: Path, tmp_path: Path
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    arguments = [str(file) if a == "FILE" else a for a in command]
    process = await started(tmp_path, *arguments, FOREWARN_KAFKA__BOOTSTRAP_SERVERS=nobody)
    code, _, err = await ended(process)
    assert code == 2, err
    # A bar of progress may stand before it.
    (line,) = [line for line in err.splitlines() if not line.startswith(("replaying", "reading"))]
    assert line.startswith(f"error: no Kafka broker answers at {nobody}: Connect"), err
    assert "--bootstrap" in line


async def test_what_accepts_connections_and_is_no_kafka_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clients, "ANSWER_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        at = f"127.0.0.1:{mute.getsockname()[1]}"
        for opened in (clients.admin, clients.producer, clients.consumer):
            with pytest.raises(clients.Unreachable, match=r"gave no Kafka answer in 0\.5 s"):
                async with opened(Kafka(bootstrap_servers=at)):
                    pass


async def test_one_broker_of_several_is_enough(broker: Broker) -> None:
    several = f"127.0.0.1:{free_port()}, {broker.bootstrap}"
    async with clients.admin(Kafka(bootstrap_servers=several)) as admin:
        await admin.list_topics()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("topics", "tail", "alerts", "--bootstrap", "nonsense"), "'nonsense' is no address"),
        (("topics", "tail", "alert"), "'alert' is not in the table; expected one of incidents,"),
        (("demo", "--pace", "-1"), "--pace"),
        (("train", "--data", "/nope.parquet", "--output", "x"), "'/nope.parquet' does not exist"),
        (("replay", "/nope.ndjson"), "'/nope.ndjson' does not exist"),
        (("replay", "FILE", "--in-process", "--output", "/no/x.ndjson"), "no folder /no;"),
        (("import", "ucdp", "FILE", "--to", "ndjson", "--output", "/no/x"), "no folder /no;"),
        (("publish", "-"), "standard input: nothing was sent. It is empty"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_what_was_expected(
    arguments: tuple[str, ...], said: str, file: Path, tmp_path: Path
) -> None:
    code, _, err = await ended(
        await started(tmp_path, *(str(file) if a == "FILE" else a for a in arguments))
    )
    assert (code, said in re.sub(r"[│\s]+", " ", err)) == (2, True), err
    assert "Traceback" not in err


async def test_a_second_demonstration_leaves_the_first_and_its_files_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with held(folder):
        kept = folder / "worker.log"
        kept.write_text("of the first")
        code, _, err = await ended(await started(tmp_path, "demo", "--exit", "--broker", "tansu"))
        assert (code, err.count("\n")) == (2, 1), err
        assert f"error: another local stack is running on {folder}" in err
        assert kept.read_text() == "of the first"
        # The file of the lock is still the one that the first holds.
        again = await started(tmp_path, "demo", "--exit", "--broker", "tansu")
        assert (await ended(again))[0] == 2


async def test_a_demonstration_begins_with_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "kafka-data").mkdir()
    (tmp_path / "kafka-data" / "old").touch()
    with held(tmp_path, empty=True):
        assert [path.name for path in tmp_path.iterdir()] == ["stack.lock"]


async def test_a_broker_that_dies_ends_the_stack_with_its_log(tmp_path: Path) -> None:
    settings = Settings(borders=("KGZ-TJK",), data_dir=tmp_path)
    async with stack(settings, kind_under_test(), print) as running:
        assert running.broker.serving is not None
        running.broker.serving.process.kill()
        working = running.while_it_works(asyncio.Event().wait())
        with pytest.raises(BrokerDied, match="broker ended with exit code"):
            await asyncio.wait_for(working, 60)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
async def test_a_signal_ends_a_running_stack_in_order(
    sent: signal.Signals, code: int, tmp_path: Path
) -> None:
    async with stacked(tmp_path, "Ctrl-C stops", "up", "--broker", "tansu") as up:
        assert (tmp_path / "stack.json").exists()
        log = tmp_path / "worker.log"
        async with asyncio.timeout(30):
            # It has its partitions, and restores its tables.
            while b'"works"' not in log.read_bytes():
                await asyncio.sleep(0.05)
        up.send_signal(sent)
        found, _, err = await ended(up)
    assert (found, err) == (code, "")
    assert not (tmp_path / "stack.json").exists()
    # Nothing but lines of JSON, and what an operator asks first: which build, since when it works.
    said = [orjson.loads(line) for line in log.read_bytes().splitlines()]
    works = next(line for line in said if line["event"] == "works")
    assert {len(held) for held in works["partitions"].values()} == {Kafka().partitions}
    assert set(works["states"].values()) == {0}
    assert [said[0]["event"], said[-1]["event"]] == ["worker starts", "worker ended"]


async def importing(process: asyncio.subprocess.Process) -> None:
    """Wait until the program itself runs: before, a signal meets the interpreter's own start."""
    maps = Path(f"/proc/{process.pid}/maps")
    async with asyncio.timeout(60):
        while "pydantic_core" not in maps.read_text():
            await asyncio.sleep(0.005)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what a process has loaded from /proc")
@pytest.mark.parametrize("after_s", [0.0, 0.3, 1.0, 3.0])
async def test_ctrl_c_in_the_first_seconds_ends_without_a_traceback(
    after_s: float, tmp_path: Path
) -> None:
    process = await started(tmp_path, "demo", "--broker", kind_under_test().value)
    await importing(process)
    await asyncio.sleep(after_s)
    process.send_signal(signal.SIGINT)
    code, _, err = await ended(process)
    # Python ends itself by the signal where it fell into code that an import had generated; a
    # shell tells both as 130.
    assert code in (130, -signal.SIGINT), err
    assert "Traceback" not in err


async def test_the_example_of_the_readme_is_sent_as_printed_and_raises_an_alert(
    tmp_path: Path,
) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    program = f"{sys.executable} -m services.entry"
    async with stacked(tmp_path, "Ctrl-C stops", "up", "--broker", kind_under_test().value):
        kafka = Kafka(**orjson.loads((tmp_path / "stack.json").read_bytes())["kafka"])
        assert await group.assigned(kafka, "forewarn-risk"), "it says that it watches too soon"
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-c", block.replace(".venv/bin/forewarn", program)),
            cwd=ROOT,
            env=os.environ | {"FOREWARN_DATA_DIR": str(tmp_path), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        code, out, err = await ended(shell)
        assert (code, err) == (0, ""), (out, err)
        assert "published 1 to 'incidents'" in out
        async with asyncio.timeout(15):
            (alert,) = await read_back(Settings(kafka=kafka), ALERTS, 1)
    assert alert.value.data.segment_id.startswith("KGZ-TJK")


async def test_a_demonstration_on_a_cluster_touches_nothing_real_and_leaves_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    await topics.ensure(settings.kafka)
    env = environment(settings) | {"FOREWARN_DATA_DIR": str(tmp_path)}
    process = await started(tmp_path, "demo", "--exit", "--pace", "0", **env)
    code, out, err = await ended(process)
    assert code == 0, (out[-2000:], err)
    (prefix,) = re.findall(r"deleted the demonstration's topics: (\S+)\*", out)
    assert prefix.startswith("demo-")
    async with clients.consumer(settings.kafka) as consumer:
        left = await consumer.topics()
    assert not [name for name in left if "demo-" in name]
    assert {topics.name(t, settings.kafka) for t in TOPICS} <= set(left)
    async with reader(settings.kafka) as log:
        for topic in TOPICS:
            ends = await log.ends(topic)
            assert sum(ends.values()) == 0, topic.name
