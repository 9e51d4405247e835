"""Where notifications may go: the guard against calls into private networks."""

import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.notifier.channels.config import BadChannel, read
from services.notifier.channels.factory import build
from services.notifier.channels.reachable import Refused, is_public, open_public
from services.notifier.notification import TryAgain
from tests.channels.builders import notification
from tests.channels.receiver import Receiver, receiving
from tests.channels.test_webhook import NEW

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "100::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "localhost",
    "",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_no_socket_is_made_for_a_private_address() -> None:
    with pytest.raises(Refused):
        open_public((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443)))
    with pytest.raises(Refused):
        open_public((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 443, 0, 0)))
    open_public((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443))).close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "0.0.0.0",
        "169.254.169.254",
    ],
)
def test_a_private_address_is_refused_when_the_configuration_is_read(host: str) -> None:
    with pytest.raises(BadChannel, match="expected a public address"):
        read({"kind": "webhook", "url": f"https://{host}:8443/", "secrets": [NEW]})


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_an_address_in_disguise_is_refused(receiver: Receiver, host: str) -> None:
    port = receiver.url.rsplit(":", 1)[1].split("/")[0]
    sender = build(
        read({"kind": "webhook", "url": f"https://{host}:{port}/hook", "secrets": [NEW]})
    )
    assert isinstance(await sender.send(notification()), TryAgain)
    await sender.close()
    assert receiver.got == []


async def test_a_name_that_leads_to_a_private_address_is_refused_at_connecting(
    receiver: Receiver,
) -> None:
    port = receiver.url.rsplit(":", 1)[1].split("/")[0]
    sender = build(
        read({"kind": "webhook", "url": f"https://localhost:{port}/hook", "secrets": [NEW]})
    )
    outcome = await sender.send(notification())
    await sender.close()
    assert isinstance(outcome, TryAgain)
    assert outcome.reason == str(Refused())
    assert receiver.got == []


class Turncoat(AbstractResolver):
    """A name server of an attacker: whatever it answered to a check, now it says loopback."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=6, flags=0
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_that_answers_otherwise_when_asked_again_gains_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
    names = Turncoat()
    made = aiohttp.TCPConnector

    def connector(**options: Any) -> aiohttp.TCPConnector:
        return made(resolver=names, **options)

    monkeypatch.setattr(aiohttp, "TCPConnector", connector)
    sender = build(
        read({"kind": "webhook", "url": f"https://hooks.example.org:{port}/", "secrets": [NEW]})
    )
    outcome = await sender.send(notification())
    await sender.close()
    assert names.asked
    assert isinstance(outcome, TryAgain)
    assert outcome.reason == str(Refused())
    assert receiver.got == []


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/hook"))
        given = {"kind": "webhook", "url": receiver.url, "secrets": [NEW], "allow_private": True}
        sender = build(read(given))
        await sender.send(notification())
        await sender.close()
        assert proxy.got == []
    assert len(receiver.got) == 1


async def test_an_operator_can_permit_a_private_address(receiver: Receiver) -> None:
    given = {"kind": "webhook", "url": receiver.url, "secrets": [NEW], "allow_private": True}
    sender = build(read(given))
    await sender.send(notification())
    await sender.close()
    assert len(receiver.got) == 1
