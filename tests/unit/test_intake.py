"""Reading the bytes of a report: what is accepted and how each fault is named."""

from collections.abc import Mapping

import orjson
import pytest

from models.domain.intake import MAX_BYTES, MAX_DEPTH, MAX_VALUES, Refusal, Report, read
from schemas.rejection import RejectReason
from tests.builders import event, raw, report, retraction

KEY = b"I-1"


def reason(value: bytes | None, key: bytes | None = KEY, **headers: bytes) -> RejectReason:
    found = read(key, value, headers)
    assert isinstance(found, Refusal)
    assert found.detail
    return found.reason


def refusal(value: bytes) -> Refusal:
    found = read(KEY, value, {})
    assert isinstance(found, Refusal)
    return found


def test_a_structured_event_is_read() -> None:
    assert read(KEY, raw(report()), {}) == Report(event(report()))


def test_a_retraction_is_read() -> None:
    assert read(KEY, raw(retraction()), {}) == Report(event(retraction()))


def test_a_binary_event_is_read_as_the_structured_one() -> None:
    structured = orjson.loads(raw(report()))
    data = orjson.dumps(structured.pop("data"))
    headers: Mapping[str, bytes] = {f"ce_{k}": str(v).encode() for k, v in structured.items()}
    assert read(KEY, data, headers) == Report(event(report()))


@pytest.mark.parametrize("value", [b"not json", b"", None, b"\xff\xfe", b"[" * 100_000, b"{"])
def test_what_is_not_json_is_named_so(value: bytes | None) -> None:
    assert reason(value) is RejectReason.NOT_JSON


def test_not_a_number_is_not_json() -> None:
    assert reason(raw(report()).replace(b"39.959", b"NaN")) is RejectReason.NOT_JSON


@pytest.mark.parametrize("value", [b"1", b"null", b"[]", b"{}", b'{"incident_id": "I-1"}'])
def test_json_that_is_no_cloudevent_is_named_so(value: bytes) -> None:
    assert reason(value) is RejectReason.NOT_A_CLOUDEVENT


def test_ten_megabytes_are_too_large() -> None:
    value = raw(report(), summary="x" * 10_000_000)
    assert len(value) > MAX_BYTES
    assert reason(value) is RejectReason.TOO_LARGE


def test_a_later_version_is_named_so() -> None:
    value = raw(report()).replace(b"forewarn.incident.v1", b"forewarn.incident.v9")
    assert reason(value) is RejectReason.UNKNOWN_VERSION


@pytest.mark.parametrize("key", [None, b"", b"I-2"])
def test_a_key_that_is_not_the_incident_id_is_refused(key: bytes | None) -> None:
    assert reason(raw(report()), key) is RejectReason.KEY_MISMATCH


def test_a_fault_names_the_field_the_value_and_what_was_expected() -> None:
    found = refusal(raw(report(), revision="one"))
    assert found.reason is RejectReason.INVALID
    (error,) = found.errors
    assert error.field == "data.revision"
    assert error.value == "'one'"
    assert "integer" in error.expected
    assert found.detail.startswith("data.revision: found 'one'; ")


def test_a_nested_fault_is_named_by_its_path() -> None:
    place = {"name": "X", "latitude": 139.9, "longitude": 70.5, "precision": "exact"}
    (error,) = refusal(raw(report(), place=place)).errors
    assert (error.field, error.value) == ("data.place.latitude", "139.9")


def test_text_is_not_taken_for_a_number() -> None:
    assert refusal(raw(report(), revision="1")).reason is RejectReason.INVALID


def test_unknown_fields_are_ignored_and_named() -> None:
    place = orjson.loads(raw(report()))["data"]["place"] | {"altitude": 900}
    found = read(KEY, raw(report(), colour="red", place=place), {})
    assert isinstance(found, Report)
    assert found.event == event(report())
    assert sorted(found.ignored) == ["data.colour", "data.place.altitude"]


def test_a_fault_beside_an_unknown_field_is_still_a_fault() -> None:
    found = refusal(raw(report(), colour="red", revision=0))
    assert [e.field for e in found.errors] == ["data.revision"]


def test_a_huge_value_is_shortened_in_the_fault() -> None:
    (error,) = refusal(raw(report(), status="y" * 5000)).errors
    assert len(error.value) <= 200


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("field", ["start", "end"])
def test_a_time_at_the_ends_of_the_calendar_is_named(time: str, field: str) -> None:
    occurred = {"start": "2021-04-29T12:00:00Z", "precision": "hour", field: time}
    (error,) = refusal(raw(report(), occurred=occurred)).errors
    assert (error.field, error.value) == (f"data.occurred.{field}", repr(time))
    assert "2 to 9998" in error.expected


@pytest.mark.parametrize("depth", [MAX_DEPTH, 200, 300, 500, 1000])
def test_what_is_nested_too_deeply_is_said_in_a_sentence(depth: int) -> None:
    event = orjson.loads(raw(report()))
    event["data"]["more"] = orjson.loads(b"[" * depth + b"]" * depth)
    found = refusal(orjson.dumps(event) if depth < 250 else deep(depth))
    assert found.reason is RejectReason.INVALID
    assert found.detail.startswith(f"value: nested deeper than {MAX_DEPTH} levels; ")


def deep(depth: int) -> bytes:
    """Return a report with a field that is nested so deeply that nothing writes it."""
    return raw(report())[:-2] + b',"more":' + b"[" * depth + b"]" * depth + b"}}"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(b"[" + b"0," * MAX_VALUES + b"0]", id="in a list"),
        pytest.param(
            b"{" + b",".join(b'"f%d":0' % n for n in range(MAX_VALUES + 1)) + b"}", id="by name"
        ),
        pytest.param(b"[" + b"[[0]]," * MAX_VALUES + b"0]", id="nested"),
    ],
)
def test_too_many_values_are_said_in_a_sentence(more: bytes) -> None:
    found = refusal(raw(report())[:-2] + b',"sources":' + more + b"}}")
    assert found.detail.startswith(f"value: more than {MAX_VALUES} values; ")
    assert found.errors == ()


def test_the_largest_incident_is_read() -> None:
    """As many of each as the contract allows, and all that it knows of each."""
    told = {"low": 1, "best": 2, "high": 3}
    claims = [{"claimant": f"C {n}", "of_side": "KGZ", **told} for n in range(50)]
    source = {"url": "https://x.org", "reliability": "B", "credibility": 2}
    found = read(
        KEY,
        raw(
            report(),
            sources=[{"name": f"S {n}", **source} for n in range(100)],
            actors=[{"name": f"A {n}", "side": "KGZ"} for n in range(50)],
            fatalities={**told, "claims": claims},
            injured={**told, "claims": claims},
            steps=[1, 2, 3, 4, 5],
            native={"scheme": "other", "id": "1", "code": "2"},
        ),
        {},
    )
    assert isinstance(found, Report), found


def test_a_name_that_comes_thousands_of_times_is_told_once() -> None:
    """JSON allows it; the last one counts."""
    again = b',"colour":0' * (MAX_VALUES + 1)
    found = read(KEY, raw(report())[:-2] + again + b"}}", {})
    assert isinstance(found, Report)
    assert found.ignored == ("data.colour",)


def test_a_long_text_is_not_taken_for_many_values() -> None:
    summary = "one, two, {three}, [four], " * 200
    found = read(KEY, raw(report(), summary=summary[:4000]), {})
    assert isinstance(found, Report)


def test_a_text_alone_is_no_event_however_long() -> None:
    assert refusal(orjson.dumps("a, " * 6000)).reason is RejectReason.NOT_A_CLOUDEVENT


def test_what_is_wide_or_nested_less_deeply_is_read() -> None:
    many: list[list[dict[str, int]]] = [[{}] for _ in range(500)]
    assert isinstance(read(KEY, raw(report(), more=many), {}), Report)
    assert isinstance(read(KEY, deep(MAX_DEPTH - 2), {}), Report)
