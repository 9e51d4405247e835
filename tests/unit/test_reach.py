"""Which broker a command talks to, and as whose topics."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.demo import for_demo
from services.ports import free_port
from services.reach import STACK_FILE, BadAddress, NoBrokerKnown, note, reaching
from services.settings import Kafka, Settings, Worker


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREWARN_DATA_DIR", str(tmp_path))


def leave(folder: Path, servers: str) -> Settings:
    kafka = Kafka(bootstrap_servers=servers, topic_prefix="demo-1.", partitions=7)
    left = Settings(kafka=kafka, worker=Worker(group="g"))
    folder.mkdir(exist_ok=True)
    (folder / STACK_FILE).write_text(note(left))
    return left


def test_a_running_stack_is_reached_with_its_own_topics_and_group(
    tmp_path: Path, listening: str
) -> None:
    left = leave(tmp_path / "demo", listening)
    found = reaching(None)
    assert found.kafka == left.kafka
    assert found.worker.group == "g"


def test_a_stack_that_does_not_answer_is_none(tmp_path: Path, listening: str) -> None:
    leave(tmp_path, f"127.0.0.1:{free_port()}")
    with pytest.raises(NoBrokerKnown):
        reaching(None)
    leave(tmp_path / "demo", listening)
    assert reaching(None).kafka.bootstrap_servers == listening


@pytest.mark.parametrize("said", ["", "{", "[]", '{"bootstrap_servers": "127.0.0.1:1"}'])
def test_a_note_that_cannot_be_read_is_none(said: str, tmp_path: Path) -> None:
    (tmp_path / STACK_FILE).write_text(said)
    with pytest.raises(NoBrokerKnown):
        reaching(None)


def test_an_option_that_is_no_address_is_refused() -> None:
    with pytest.raises(BadAddress, match="--bootstrap: 'nonsense' is no address; expected host"):
        reaching("nonsense")


def test_a_demonstration_on_a_cluster_has_topics_and_a_group_of_its_own_each_time() -> None:
    real = Settings(kafka=Kafka(bootstrap_servers="kafka-1:9092", topic_prefix="prod."))
    first, second = for_demo(real), for_demo(real)
    assert first.kafka.topic_prefix.startswith("demo-")
    assert first.worker.group.startswith("forewarn-demo-")
    assert first.kafka.topic_prefix != second.kafka.topic_prefix
    assert first.worker.group != second.worker.group


def test_a_demonstration_on_a_broker_of_its_own_has_another_group_than_the_service() -> None:
    here = for_demo(Settings(worker=Worker(group="forewarn-risk")))
    assert here.worker.group == "forewarn-demo"
    assert here.kafka.topic_prefix == ""
