"""What the gateway answers is true of a real log, whoever is killed or stopped meanwhile."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import orjson
import pytest
import pytest_asyncio

from services.local import kafka
from services.local.broker import BrokerKind, tools
from services.settings import Kafka, Settings
from tests.conftest import kind_under_test
from tests.integration.gateway import NDJSON, Load, Stoppable, gateway, in_the_log, line

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPORTS = int(os.environ.get("FOREWARN_TEST_REPORTS", "5000"))
STOPS = int(os.environ.get("FOREWARN_TEST_STOPS", "1"))


async def upload(url: str, first: int, count: int) -> tuple[list[dict[str, Any]], float]:
    """Send a batch and read the answer meanwhile; return it, and how long it took [s]."""

    async def body() -> AsyncIterator[bytes]:
        for start in range(first, first + count, 200):
            yield b"".join(line(n) for n in range(start, min(start + 200, first + count)))

    begun = time.monotonic()
    # Not httpx, which reads nothing before it has sent all.
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(600)) as client,
        client.post(f"{url}/v1/incidents:batch", data=body(), headers=NDJSON) as answer,
    ):
        assert answer.status == 200
        told = [orjson.loads(told) async for told in answer.content]
    return told, time.monotonic() - begun


async def raw_upload(url: str, count: int, kill_after: int) -> int:
    """Send a batch over a socket and read the answer at once; cut it in the middle of both.

    Returns how many lines of the answer were read.
    """
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /v1/incidents:batch HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    )

    async def send() -> None:
        for n in range(count):
            piece = line(n)
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    sending = asyncio.create_task(send())
    read = 0
    while read < kill_after:
        piece = await reader.read(65_536)
        assert piece, f"the answer ended after {read} lines"
        read += piece.count(b'"status"')
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    # As a client that is killed: no end of the request, and what has not been read is reset.
    writer.transport.abort()
    return read


async def test_a_client_that_is_killed_and_resumes_publishes_each_report_once(
    settings: Settings, tmp_path: Path
) -> None:
    async with gateway(settings, tmp_path) as url:
        read = await raw_upload(url, REPORTS, REPORTS // 2)
        told, took = await upload(url, 0, REPORTS)
        print(
            f"killed after {read} answers of {REPORTS}; all sent again in {took:.1f} s, "
            f"{REPORTS / took:.0f} reports/s"
        )
        assert [t["status"] for t in told] == ["accepted"] * REPORTS + ["end"]
        repeated = sum(bool(t.get("repeated")) for t in told)
        fresh, took = await upload(url, REPORTS, REPORTS)
        print(f"{repeated} of them were there; as many new ones: {REPORTS / took:.0f} reports/s")
        assert fresh[-1]["counts"] == {"accepted": REPORTS}

    found = await in_the_log(settings.kafka)
    assert len(found) == 2 * REPORTS
    assert set(found.values()) == {1}
    assert repeated >= read


async def test_a_client_that_reads_no_answer_is_not_read_from(
    settings: Settings, tmp_path: Path
) -> None:
    async with gateway(settings, tmp_path) as url:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(
            b"POST /v1/incidents:batch HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        # Short lines with long answers: each of the fields that lack is told.
        piece = b'{"status":"reported"}\n' * 500
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 2_000_000:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                async with asyncio.timeout(3):
                    await writer.drain()
                sent += 500
        writer.transport.abort()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/healthz")).status_code == 200
    print(f"{sent} lines were taken from a client that reads nothing")
    assert sent < 2_000_000


@pytest_asyncio.fixture(loop_scope="session")
async def broker_of_its_own(tmp_path: Path) -> AsyncIterator[Stoppable]:
    if kind_under_test() is not BrokerKind.KAFKA:
        reason = f"only Apache Kafka keeps its data when it is stopped; it needs {tools().missing}"
        print(reason)
        pytest.skip(reason)
    found = Stoppable(await kafka.libraries(print), tmp_path)
    await found.start()
    try:
        yield found
    finally:
        await found.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_what_is_accepted_is_in_the_log_and_nothing_else_is(
    broker_of_its_own: Stoppable, tmp_path: Path, how: signal.Signals
) -> None:
    """Also for those who hung up: their report is there once, or not at all."""
    settings = Settings(
        kafka=Kafka(bootstrap_servers=broker_of_its_own.at),
        borders=("KGZ-TJK",),
        data_dir=tmp_path / "gateway",
    )
    chance = random.Random(7)
    async with gateway(settings, tmp_path) as url:
        patient, hasty = Load(url, "patient"), Load(url, "hasty", patience_s=1.0)
        loads = [asyncio.create_task(patient.run(24)), asyncio.create_task(hasty.run(8))]
        for stop in range(STOPS):
            await asyncio.sleep(1 + chance.random())
            await broker_of_its_own.stop(how)
            # Also longer than a request to the broker may take.
            await asyncio.sleep(25 if stop == 1 else 1 + 3 * chance.random())
            took = []
            async with httpx.AsyncClient(timeout=30) as client:
                # Of several, since the clients of the load keep both ends busy.
                for _ in range(5):
                    begun = time.monotonic()
                    answer = await client.post(
                        f"{url}/v1/incidents",
                        content=line(stop, "away"),
                        headers={"content-type": "application/json"},
                    )
                    took.append(time.monotonic() - begun)
                    assert answer.status_code == 503
                    assert answer.json()["type"] == "/v1/problems/log-away"
            assert sorted(took)[2] < 1, took
            await broker_of_its_own.restart()
            before = len(patient.accepted)
            # A node that was killed leads nothing before its session has run out, 9 s.
            async with asyncio.timeout(120):
                while len(patient.accepted) < before + 100:
                    await asyncio.sleep(0.05)
            print(f"{how.name} {stop}: {len(patient.accepted)} accepted")
        for load in (patient, hasty):
            load.stop()
        await asyncio.gather(*loads)
        found = await in_the_log(settings.kafka)

    accepted = patient.accepted | hasty.accepted
    refused = patient.refused | hasty.refused | {f"away-{n}" for n in range(STOPS)}
    print(
        f"{how.name} {STOPS} times: {len(accepted)} accepted, {len(refused)} refused (the "
        f"slowest after {patient.slowest_refusal_s:.2f} s), {len(hasty.hung_up)} hung up, of which "
        f"{len(hasty.hung_up & found.keys())} are in the log"
    )
    assert not patient.hung_up, patient.causes
    assert not accepted - found.keys()
    assert not refused & found.keys()
    assert found.keys() <= accepted | hasty.hung_up
    assert set(found.values()) == {1}
    assert refused
