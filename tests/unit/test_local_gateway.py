"""Where the local stack serves its console."""

import asyncio
from pathlib import Path

import pytest

from services.local import beside
from services.local.beside import Beside
from services.local.demo import for_demo
from services.settings import Gateway, Ledger, Settings


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the processes that would be started are given, in place of starting them."""
    found: list[dict[str, str]] = []

    class Started:
        def __init__(self, *given: object) -> None:
            found.append(given[3])  # type: ignore[arg-type]

        async def __aenter__(self) -> Beside:
            return Beside(Process(), Path("gateway.log"))  # type: ignore[arg-type]

        async def __aexit__(self, *_: object) -> None: ...

    class Process:
        pid = 1

    monkeypatch.setattr(beside, "_command", Started)
    return found


async def test_a_port_that_is_taken_is_left_to_whoever_has_it(
    tmp_path: Path, commands: list[dict[str, str]]
) -> None:
    said: list[str] = []
    taken = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    async with taken:
        port = taken.sockets[0].getsockname()[1]
        settings = Settings(data_dir=tmp_path, gateway=Gateway(port=port))
        async with beside.gateway(settings, {"FOREWARN_GATEWAY__PORT": str(port)}, said.append):
            pass
    assert commands == [{"FOREWARN_GATEWAY__PORT": "0"}]
    assert said[0] == f"port {port} is taken: the gateway serves at a free one"
    async with beside.gateway(settings, {"FOREWARN_GATEWAY__PORT": str(port)}, said.append):
        pass
    assert commands[1] == {"FOREWARN_GATEWAY__PORT": str(port)}


async def test_the_address_is_that_which_the_gateway_says(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_text("port 8080 is taken\nserving http://127.0.0.1:41231 (console: /console)\n")
    assert await beside.serving(Beside(None, log)) == "http://127.0.0.1:41231"  # type: ignore[arg-type]


def test_the_demonstration_shows_its_own_databases_alone() -> None:
    real = Settings(
        ledger=Ledger.model_validate({"url": "postgresql://h/real"}),
        gateway=Gateway.model_validate({"url": "postgresql://h/real"}),
    )
    found = for_demo(real)
    assert (found.ledger.url, found.gateway.url) == (None, None)
