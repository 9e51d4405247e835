"""Every version of every payload ever published is read as the current contract."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from schemas import versions
from schemas.base import Contract
from schemas.dialect import Schema
from schemas.event import EventKind
from schemas.freeze import published
from schemas.observation import AssertObservation, Effect, RetractObservation
from schemas.topics import ALERTS, COMMANDS, INCIDENTS, OBSERVATIONS, TOPICS, Topic
from schemas.versions import UPCASTS, NewerVersion, UnreadableVersion, decode, version_of
from tests.contract.examples import EXAMPLES, examples, files, version_of_folder
from tests.contract.observations_v1 import observations_v1

OBSERVATIONS_1 = Draft202012Validator(published()["observations", 1][-1])
TICK = b'{"kind":"tick","segment_id":"S","traffic":"actual","recorded_at":"2021-04-30T00:00:00Z"}'


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_every_earlier_version_has_an_upcast(topic: Topic) -> None:
    wanted = {(topic.name, version) for version in range(1, topic.version)}
    assert {key for key in UPCASTS if key[0] == topic.name} == wanted


def test_every_upcast_belongs_to_a_topic_and_says_what_it_adds() -> None:
    assert {name for name, _ in UPCASTS} <= {topic.name for topic in TOPICS}
    assert all(upcast.__doc__ for upcast in UPCASTS.values())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_version_has_examples_of_both_kinds(topic: Topic, kind: str) -> None:
    for version in range(1, topic.version + 1):
        assert files(kind, f"{topic.name}/v{version}"), f"add {topic.name}/v{version}/{kind}/*.json"


def test_every_example_belongs_to_a_published_version() -> None:
    folders = {(path.parent.name, path.name) for path in EXAMPLES.glob("*/*")}
    assert folders == {(topic, f"v{version}") for topic, version in published()}
    assert {path.name for path in EXAMPLES.glob("*/*/*")} == {"valid", "invalid"}
    strangers = {p for p in EXAMPLES.glob("**/*") if p.is_file() and p.suffix != ".json"}
    assert not strangers


@pytest.mark.parametrize(("topic", "path"), examples("valid"))
def test_a_valid_example_of_any_version_is_read_as_the_current_contract(
    topic: Any, path: Any
) -> None:
    raw = path.read_bytes()
    assert version_of(topic, json.loads(raw)) == version_of_folder(path)
    value = decode(topic, raw)
    written = topic.value.dump_json(value)
    assert version_of(topic, json.loads(written)) == topic.version
    assert decode(topic, written) == value


@pytest.mark.parametrize(("topic", "path"), examples("invalid"))
def test_an_invalid_example_of_any_version_is_refused(topic: Any, path: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(topic, path.read_bytes())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_a_newer_version_is_refused_with_what_to_do(topic: Topic) -> None:
    newer = topic.version + 1
    says = {"schema_version": newer, "type": f"{topic.event_type}.v{newer}"}
    with pytest.raises(NewerVersion) as error:
        decode(topic, json.dumps(says).encode())
    assert str(error.value) == (
        f"{topic.name}: found version {newer}; this build reads up to {topic.version}; upgrade it"
    )


@pytest.mark.parametrize("said", [0, -1, 1.0, 2.5, True, None, "2", "two", [2], {"is": 2}])
def test_a_version_that_there_cannot_be_is_named(said: object) -> None:
    payload = json.loads(TICK) | {"schema_version": said}
    with pytest.raises(UnreadableVersion, match=r"schema_version: found .*expected a whole number"):
        decode(OBSERVATIONS, json.dumps(payload).encode())


@pytest.mark.parametrize(
    "said",
    ["forewarn.alert", "forewarn.alert.v", "forewarn.alert.v0", "forewarn.alert.v01",
     "forewarn.alert.v1.1", "forewarn-alert.v1", "forewarn.incident.v1", "", None, 1],
)  # fmt: skip
def test_a_type_that_names_no_version_of_the_topic_is_named(said: object) -> None:
    with pytest.raises(UnreadableVersion, match=r"^alerts: type: found .*'forewarn\.alert\.v1'$"):
        decode(ALERTS, json.dumps({"type": said}).encode())


@pytest.mark.parametrize("raw", [b"", b"shots", b"[]", b"null", b'"v1"', b'{"a":NaN}', b"\xff"])
@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_what_is_no_json_object_is_refused(topic: Topic, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(topic, raw)


def test_the_topic_table_and_the_event_types_agree() -> None:
    kinds = {t.name: f"{t.event_type}.v{t.version}" for t in (INCIDENTS, ALERTS)}
    assert kinds == {"incidents": EventKind.INCIDENT, "alerts": EventKind.ALERT}


class Third(Contract):
    """A contract with two versions before it."""

    schema_version: Literal[3] = 3
    trail: tuple[str, ...] = ()


THIRD = replace(COMMANDS, name="thirds", value=TypeAdapter(Third), version=3)


@pytest.mark.parametrize(
    ("raw", "trail"),
    [
        (b'{"schema_version": 1}', ("from 1", "from 2")),
        (b'{"schema_version": 2}', ("from 2",)),
        (b'{"schema_version": 3}', ()),
        # It fits the current contract by chance, and is of version 1 all the same.
        (b"{}", ("from 1", "from 2")),
    ],
)
def test_a_payload_is_brought_up_one_version_at_a_time(
    raw: bytes, trail: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(version: int) -> Any:
        return lambda old: {
            "schema_version": version + 1,
            "trail": [*old.get("trail", []), f"from {version}"],
        }

    for version in (1, 2):
        monkeypatch.setitem(UPCASTS, ("thirds", version), step(version))
    assert decode(THIRD, raw) == Third(trail=trail)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_a_current_payload_is_parsed_once(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(*_: object, **__: object) -> None:
        pytest.fail("parsed again")

    monkeypatch.setattr(versions, "from_json", again)
    for path in files("valid", f"{topic.name}/v{topic.version}"):
        if topic.version == 1 or b"schema_version" in path.read_bytes():
            decode(topic, path.read_bytes())


def effects(value: Any) -> list[Effect]:
    if isinstance(value, AssertObservation):
        return [e for e in (value.effect, value.replaces) if e]
    return [value.replaces] if isinstance(value, RetractObservation) else []


def keeps(new: Any, old: Any) -> bool:
    """Tell whether ``new`` says all that ``old`` says; one moment may be written in two ways."""
    if isinstance(old, dict):
        return all(
            datetime.fromisoformat(new[name]) == datetime.fromisoformat(told)
            if name in ("start", "end", "recorded_at")
            else keeps(new[name], told)
            for name, told in old.items()
        )
    return bool(new == old)


@settings(deadline=None)  # the machine may be busy
@given(observations_v1())
def test_any_observation_of_version_1_is_read_and_keeps_what_it_knew(old: Schema) -> None:
    assert OBSERVATIONS_1.is_valid(old)
    value = decode(OBSERVATIONS, json.dumps(old).encode())
    assert value.schema_version == 2
    assert keeps(OBSERVATIONS.value.dump_python(value, mode="json"), old)


@settings(deadline=None)  # the machine may be busy
@given(observations_v1())
def test_nothing_is_linked_automatically_to_an_observation_of_version_1(old: Schema) -> None:
    for effect in effects(decode(OBSERVATIONS, json.dumps(old).encode())):
        assert effect.when not in ("minute", "hour", "day")
        assert (effect.latitude, effect.longitude, effect.corroborates) == (None, None, None)
        assert effect.sources == ()
        assert effect.publisher == "e3b0c44298fc1c14"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(TOPICS), st.data())
def test_whatever_is_wrong_with_a_payload_is_a_value_error(
    topic: Topic, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(files("valid", f"{topic.name}/*")))
    payload = json.loads(path.read_text())
    node = payload
    while True:
        key = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[key], dict) or not node[key] or data.draw(st.booleans()):
            node[key] = data.draw(JSON)
            break
        node = node[key]
    try:
        decode(topic, json.dumps(payload).encode())
    except ValueError as error:
        assert str(error)  # noqa: PT017 - most payloads are refused, some stay valid
