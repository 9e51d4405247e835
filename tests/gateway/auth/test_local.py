"""Without any key only this machine may ask, and no web page of elsewhere."""

import pytest
from sqlalchemy import Engine

from services.gateway.auth import store
from services.gateway.auth.local import OpenToAll, is_loopback
from services.gateway.auth.opening import authentication
from services.gateway.who import Scope
from services.settings import Gateway, Settings
from tests.gateway.auth.asking import Asking
from tests.gateway.auth.conftest import NOW, Moment


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"]
)
async def test_this_machine_may_do_everything(gateway: Asking, base_url: str) -> None:
    async with gateway(base_url=base_url) as client:
        for scope in Scope:
            answer = await client.post(f"/{scope}", headers={"Origin": base_url})
            assert (answer.status_code, answer.json()) == (200, "local")


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"Host": "rebound.example.org:8080"}, "Host"),
        ({"Host": "127.0.0.1.example.org"}, "Host"),
        ({"Host": "localhost@example.org"}, "Host"),
        ({"Host": "192.168.1.7:8080"}, "Host"),
        ({"Host": ""}, "Host"),
        ({"Host": "["}, "Host"),
        ({"Host": "[127.0.0.1]"}, "Host"),
        ({"Origin": "https://elsewhere.example.org"}, "Origin"),
        ({"Origin": "http://127.0.0.1:9000"}, "Origin"),
        ({"Origin": "https://127.0.0.1:8080"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"X-Forwarded-For": "127.0.0.1"}, "x-forwarded-for"),
        ({"Forwarded": "for=127.0.0.1"}, "forwarded"),
        ({"Sec-Fetch-Site": "cross-site"}, "Sec-Fetch-Site"),
        ({"Sec-Fetch-Site": "same-site"}, "Sec-Fetch-Site"),
    ],
)
async def test_a_web_page_of_elsewhere_cannot_ask_through_the_browser_here(
    gateway: Asking, headers: dict[str, str], named: str
) -> None:
    async with gateway() as client:
        for method in ("GET", "POST"):
            answer = await client.request(method, "/operate", headers=headers)
            assert answer.status_code == 403
            assert answer.json()["detail"].startswith(f"{named}: ")


async def test_another_machine_is_refused_whatever_it_says(gateway: Asking) -> None:
    async with gateway(client=("10.0.0.9", 5)) as client:
        answer = await client.get("/read")
    assert answer.status_code == 403
    assert "10.0.0.9" in answer.json()["detail"]


async def test_as_soon_as_there_is_a_key_requests_need_one(
    gateway: Asking, own: Engine, moment: Moment
) -> None:
    async with gateway() as client:
        assert (await client.get("/read")).status_code == 200
        store.create(own, "first", frozenset({Scope.READ}), NOW)
        moment.passes(seconds=2)
        assert (await client.get("/read")).status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "gateway.example.org"])
async def test_without_a_key_it_does_not_start_where_others_reach_it(
    settings: Settings, own: Engine, host: str
) -> None:
    open_to_all = settings.model_copy(update={"gateway": Gateway(host=host)})
    with pytest.raises(OpenToAll, match=r"forewarn keys create NAME --scope admin"):
        await authentication(open_to_all, own)

    store.create(own, "first", frozenset({Scope.READ}), NOW)
    await authentication(open_to_all, own)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "Localhost."]
)
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "127.0.0.1.nip.io", "localhost.evil.org"])
def test_names_that_may_be_elsewhere(host: str) -> None:
    assert not is_loopback(host)
