"""The gateway keeps to its own description, whatever it is sent; the description is complete."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from jsonschema import Draft202012Validator
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from services import borders
from services.gateway.app import build, described
from services.gateway.following import polling
from services.gateway.parts import Parts
from services.gateway.tables import GATEWAY
from services.gateway.who import Scope
from services.ledger import database
from services.settings import Gateway, Settings
from tests.gateway.callers import by_token
from tests.gateway.filled import fill
from tests.gateway.memory import MemoryLog

EXAMPLES = int(os.environ.get("FOREWARN_TEST_EXAMPLES", "4"))
"""How many requests are made up for each operation, beside those that cover its parameters."""

REFUSED = ["400", "401", "403", "404", "406", "409", "413", "415", "422", "428"]

LONG = "FOREWARN_TEST_EXAMPLES" in os.environ

MOST = 150
"""How many bounds of one operation are tried in a short run."""

CONFIG = {
    # What the schema cannot say of a cursor, a box or a polygon is told as 400; 422 is only for
    # what it can, and is no answer to a request that fits it.
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "304", "400", "401", "403", "404", "406"]
        },
    },
    "operations": [
        {
            # Any text is a batch: what is wrong with a line is told in the answer.
            "include-path": "/v1/incidents:batch",
            "checks": {"negative_data_rejection": {"expected-statuses": ["200", *REFUSED]}},
        },
        {
            # What the fields of a body say together, and what stands in the log already, are
            # beyond a schema too; both are told as of the content.
            "include-method": "POST",
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "400", "404", "409", "422", "428"]
                },
                # So is a body that is too long, and one of another media type.
                "negative_data_rejection": {"expected-statuses": REFUSED},
            },
        },
    ],
}

ENDLESS = "GET /v1/alerts/stream"
"""What is answered without an end, which a client that waits for it never has."""


KEY = {"Authorization": "Bearer admin-key"}


@schemathesis.serializer("application/x-ndjson")
def lines(_context: Any, value: Any) -> bytes:
    """Send made-up text as the lines of a batch."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


_open: list[Parts] = []


def _opened() -> AbstractAsyncContextManager[Parts]:
    return nullcontext(_open[0])


APP = build(_opened)
schema = schemathesis.openapi.from_dict(APP.openapi(), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = APP


@pytest.fixture(scope="module", autouse=True)
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Serve over a ledger that holds the case."""
    # Whoever waits for what does not come waits in vain; tests of waiting are elsewhere.
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(polling, "LONGEST_WAIT_S", 0.01)
    fast = Gateway(rate=1e9, burst=10**9, longest_wait=timedelta(milliseconds=10))
    found = Settings(borders=("KGZ-TJK",), data_dir=tmp_path_factory.mktemp("case"), gateway=fast)
    asyncio.run(fill(found, database.url(found)))
    ledger = database.connect(database.url(found))
    own = database.connect(database.place(None, found.data_dir, GATEWAY), GATEWAY)
    segments = {s.segment_id: s for s in borders.load_segments(found.borders, 50)}
    _open.append(Parts(found, MemoryLog(), ledger, own, segments, identify=by_token))
    APP.state.parts, APP.state.identify = _open[0], by_token
    yield
    ledger.dispose()
    own.dispose()
    monkeypatch.undo()


OPEN = ("/v1/limits",)
"""What anyone may ask of the routes."""

UNREFUSABLE = ("GET /healthz", "GET /readyz", "GET /v1/limits")
"""What takes no parameter and asks for no key."""

OPERATIONS: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
WHOLE = [
    pytest.param(
        operation,
        id=operation.label,
        marks=pytest.mark.skip(reason=f"{ENDLESS}: endless; tests/gateway/follow reads it")
        if operation.label == ENDLESS
        else (),
    )
    for operation in OPERATIONS
]
BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.mark.parametrize("operation", WHOLE)
def test_every_bound_of_every_parameter_is_kept(operation: Any) -> None:
    found = schema.iter_coverage_cases(
        operation, generation_modes=BOTH, generation_config=schema.config.generation
    )
    cases = list(found)
    # A report has more than a thousand bounds; unless it is to take long, every so manieth counts.
    step = 1 if LONG else len(cases) // MOST + 1
    for case in cases[::step]:
        case.call_and_validate(headers=KEY)


@pytest.mark.parametrize("mode", BOTH, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", WHOLE)
def test_whatever_is_asked_is_answered_as_described(operation: Any, mode: GenerationMode) -> None:
    if mode is GenerationMode.NEGATIVE and operation.label in UNREFUSABLE:
        # There is nothing that a request for it could have wrong.
        return

    @given(case=operation.as_strategy(mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
        # What fails is told as it was found: to make it smaller takes minutes.
        phases=(Phase.generate,),
    )
    def asked(case: schemathesis.Case[Any]) -> None:
        # What would be wrong of it is not sent: an empty list of values names no parameter.
        assume(
            mode is GenerationMode.POSITIVE or all(v not in ([], {}) for v in case.query.values())
        )
        case.call_and_validate(headers=KEY)

    asked()


def operations() -> list[Any]:
    return [
        pytest.param((method, path, operation), id=operation["operationId"])
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_description_is_of_openapi_3_1() -> None:
    assert described()["openapi"].startswith("3.1")


@pytest.mark.parametrize("told", operations())
def test_an_operation_is_described_whole(told: tuple[str, str, dict[str, Any]]) -> None:
    method, path, operation = told
    assert all(operation.get(name) for name in ("summary", "description", "tags", "operationId"))
    for parameter in operation.get("parameters", ()):
        assert parameter.get("description"), parameter["name"]
        # A cursor means nothing outside the list that gave it out.
        assert "example" in parameter or parameter["name"] == "cursor", parameter["name"]
        assert parameter["schema"].get("type") != "null", parameter["name"]
    if (path.startswith("/v1") or path == "/asyncapi") and path not in OPEN:
        assert operation["security"] in [[{"bearer": [scope]}] for scope in Scope]
        assert {"401", "403"} <= operation["responses"].keys()
    for status, response in operation["responses"].items():
        assert response["description"]
        for media, content in response.get("content", {}).items():
            assert "example" in content, f"{method} {path} {status} {media}"
            if int(status) >= 400:
                assert media == "application/problem+json"


@pytest.mark.parametrize("told", operations())
def test_an_example_fits_its_schema(told: tuple[str, str, dict[str, Any]]) -> None:
    operation = told[2]
    root = {"components": described()["components"]}
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            assert faults(root | parameter["schema"], parameter["example"]) == []
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for content in part.get("content", {}).values():
            assert faults(root | content["schema"], content["example"]) == []


def faults(schema: dict[str, Any], example: Any) -> list[str]:
    found = Draft202012Validator(schema).iter_errors(example)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def test_names_of_operations_are_told_apart() -> None:
    names = [o["operationId"] for path in described()["paths"].values() for o in path.values()]
    assert len(names) == len(set(names))
