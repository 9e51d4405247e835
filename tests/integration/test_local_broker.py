"""The brokers of the local stack: they answer, keep what they promise, and stop."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import INCIDENTS
from services import topics
from services.local.broker import BrokerKind, local_broker, tools
from services.local.process import NotReady
from services.settings import Kafka, Settings
from services.tail import tail
from tests.builders import raw, report


def kinds() -> list[object]:
    lacks = tools().missing
    skip = pytest.mark.skipif(lacks is not None, reason=f"Apache Kafka needs {lacks}")
    return [pytest.param(BrokerKind.KAFKA, marks=skip), BrokerKind.TANSU]


async def write(bootstrap: str, count: int) -> None:
    kafka = Kafka(bootstrap_servers=bootstrap)
    await topics.ensure(kafka)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for n in range(count):
        value = raw(report(incident_id=f"I-{n}"))
        headers = [("ce_test", b"\x00\xff")]
        await producer.send_and_wait(
            "incidents", value, key=b"k", headers=headers, timestamp_ms=1_400_000_000_000
        )
    await producer.stop()


async def ids(bootstrap: str, count: int) -> list[str]:
    found = []
    async with asyncio.timeout(20), tail(Kafka(bootstrap_servers=bootstrap), (INCIDENTS,)) as feed:
        async for record in feed:
            found.append(record.value.data.incident_id)
            if len(found) == count:
                break
    return found


@pytest.mark.parametrize("kind", kinds())
async def test_a_broker_gives_back_what_was_written_and_stops(
    kind: BrokerKind, tmp_path: Path
) -> None:
    async with local_broker(tmp_path, bootstrap=None, prefer=kind, say=print) as broker:
        assert broker.kind is kind
        assert broker.bootstrap.startswith("127.0.0.1:")
        await write(broker.bootstrap, 20)
        assert await ids(broker.bootstrap, 20) == [f"I-{n}" for n in range(20)]
    host, port = broker.bootstrap.split(":")
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection(host, int(port))


@pytest.mark.skipif(tools().missing is not None, reason=f"Apache Kafka needs {tools().missing}")
async def test_kafka_keeps_its_data_over_a_restart_and_lets_no_second_broker_in(
    tmp_path: Path,
) -> None:
    async with local_broker(tmp_path, bootstrap=None, prefer=BrokerKind.KAFKA, say=print) as broker:
        await write(broker.bootstrap, 3)
        with pytest.raises(NotReady, match="another local stack"):
            async with local_broker(tmp_path, bootstrap=None, prefer=BrokerKind.KAFKA, say=print):
                pass
    async with local_broker(tmp_path, bootstrap=None, prefer=BrokerKind.KAFKA, say=print) as broker:
        assert await ids(broker.bootstrap, 3) == ["I-0", "I-1", "I-2"]


@pytest.mark.parametrize("kind", kinds())
async def test_a_broker_does_not_outlive_a_parent_that_is_killed(
    kind: BrokerKind, tmp_path: Path
) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from services.local.broker import BrokerKind, local_broker\n"
        "async def main():\n"
        "    folder = pathlib.Path(sys.argv[1])\n"
        "    async with local_broker(folder, bootstrap=None, prefer=BrokerKind(sys.argv[2]),\n"
        "                            say=lambda line: None) as broker:\n"
        "        print(broker.bootstrap, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), kind], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    address = (await asyncio.to_thread(parent.stdout.readline)).strip()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    host, port = address.split(":")
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                return
            writer.close()
            await asyncio.sleep(0.1)


async def test_the_demonstration_ends_by_itself_and_leaves_nothing_running(tmp_path: Path) -> None:
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "demo", "--exit", "--pace", "0"),
        env=os.environ | {"FOREWARN_DATA_DIR": str(tmp_path), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(demo.communicate(), 300)
    text = said.decode()
    assert demo.returncode == 0, text[-3000:]
    assert "2021-04-29 09:00Z ■ escalated    CRITICAL on KGZ-TJK-050-02" in text
    assert "2022-09-16 06:00Z ■ escalated    CRITICAL on KGZ-TJK" in text
    assert "2025-" not in text
    assert "Rejected  0" in text
    assert "This stack ends here." in text
    assert "while this stack runs" not in text
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True)
    assert left.stdout == ""


def test_settings_reach_another_process_unchanged(tmp_path: Path) -> None:
    from services.local.environment import environment

    settings = Settings(
        kafka=Kafka(bootstrap_servers="h:1", topic_prefix="x.", sasl_password="s3cret"),
        borders=("KGZ-TJK", "KGZ-UZB"),
        data_dir=tmp_path,
    )
    code = (
        "from services.settings import Settings; s = Settings();"
        "print(s.model_dump_json(), s.kafka.sasl_password.get_secret_value())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == f"{settings.model_dump_json()} s3cret"
