"""No key turns up in a log, an error, the audit, or a repr, whatever is done with it."""

import io
from datetime import UTC, datetime

import httpx
import pytest
import structlog
from sqlalchemy import Engine, text

from services import logs
from services.gateway.auditing import Audit
from services.gateway.auth import store
from services.gateway.who import Scope
from tests.gateway.auth.asking import Asking, bearer
from tests.gateway.auth.conftest import NOW, Moment


async def test_no_secret_is_shown_wherever_it_is_sent(
    gateway: Asking,
    own: Engine,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(1)
    before, written = structlog.get_config(), io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    logs.as_lines()
    key = store.create(own, "mission", frozenset({Scope.READ}), NOW).text
    secret = key[17:]
    answers: list[httpx.Response] = []
    try:
        async with gateway() as client:
            elsewhere = ({"Authorization": key}, {"X-Request-Id": key}, {"Cookie": key})
            for headers in (bearer(key), *elsewhere):
                answers += [
                    await client.get("/read", headers=headers),
                    await client.post("/operate", headers=headers),
                    await client.get("/v1/audit?limit=x", headers=headers),
                    await client.get(f"/read?key={key}", headers=headers),
                ]
            with own.begin() as connection:
                connection.execute(text("ALTER TABLE gateway_keys RENAME TO elsewhere"))
            moment.passes(seconds=9)
            answers.append(await client.get("/read", headers=bearer(key)))
    finally:
        structlog.configure(**before)

    assert {a.status_code for a in answers} == {200, 401, 403, 503}
    assert written.getvalue().count('"event":') == len(answers)
    shown = [a.text for a in answers] + [written.getvalue()]
    # What the client logs of itself is no business of ours.
    shown += [r.getMessage() for r in caplog.records if r.name != "httpx"]
    shown.append(repr(Audit(own, lambda: datetime.now(UTC)).page(0, 100)))
    for told in shown:
        assert secret not in told
