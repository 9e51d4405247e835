"""A change that breaks what is published is refused; each law has cases that it must refuse."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.compatibility import breaks, refusals, roles
from schemas.dialect import EQUAL, HIGH, LOW, Schema, UnknownKeyword, shape
from schemas.export import schema_of
from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
    TOPICS,
    Topic,
)
from tests.contract.changes import reading as of_others
from tests.contract.changes import writing as of_ours
from tests.contract.changes.change import Change, at, changed
from tests.contract.changes.random import as_read, mutated
from tests.contract.examples import files

SCHEMA_OF = {topic.name: schema_of(topic) for topic in TOPICS}
EXAMPLES_OF: dict[str, list[Any]] = {
    topic.name: [
        json.loads(path.read_text()) for path in files("valid", f"{topic.name}/v{topic.version}")
    ]
    for topic in TOPICS
}


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (INCIDENTS, (True,)),
        (COMMANDS, (True,)),
        (OBSERVATIONS, (True, False)),
        # The ledger reads what stands in the log, also where it is others that we write for.
        (REJECTED, (True, False)),
        (ASSESSMENTS, (True, False)),
        (ALERTS, (True, False)),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_who_writes_and_who_reads_says_what_is_checked(
    topic: Topic, expected: tuple[bool, ...]
) -> None:
    assert roles(topic) == expected


@pytest.mark.parametrize(
    ("topic", "change", "reading", "sentence"),
    [
        pytest.param(topic, change, reading, sentence, id=f"{topic.name}: {what}")
        for reading, cases in ((True, of_others.REFUSED), (False, of_ours.REFUSED))
        for what, topic, change, sentence in cases
    ],
)
def test_a_breaking_change_is_refused_with_its_path_and_what_to_do(
    topic: Topic, change: Change, reading: bool, sentence: str
) -> None:
    old, new = changed(topic, change)
    assert sentence in breaks(old, new, reading=reading)
    full = f"{topic.name} v{topic.version}: {sentence}; publish it as version {topic.version + 1}"
    assert full in refusals(topic, old, new)


@pytest.mark.parametrize(
    ("topic", "change", "reading"),
    [
        pytest.param(topic, change, reading, id=f"{topic.name}: {what}")
        for reading, cases in ((True, of_others.ACCEPTED), (False, of_ours.ACCEPTED))
        for what, topic, change in cases
    ],
)
def test_a_change_that_breaks_nobody_is_accepted(
    topic: Topic, change: Change, reading: bool
) -> None:
    assert breaks(*changed(topic, change), reading=reading) == []


@settings(max_examples=200, deadline=None)  # the machine may be busy
@given(st.sampled_from(TOPICS), st.data())
def test_what_is_accepted_breaks_no_example(topic: Topic, data: st.DataObject) -> None:
    """Change a real schema at random: where the check finds nothing, a validator finds nothing."""
    real = SCHEMA_OF[topic.name]
    other = mutated(real, data)
    payloads = EXAMPLES_OF[topic.name]
    try:
        narrower, wider = breaks(real, other, reading=True), breaks(other, real, reading=False)
    except UnknownKeyword:
        return
    if not narrower:
        validator = Draft202012Validator(as_read(other, tolerant=False))
        assert all(validator.is_valid(payload) for payload in payloads)
    if not wider:
        # Readers of the other schema meet what is written by the real one.
        validator = Draft202012Validator(as_read(other, tolerant=True))
        assert all(validator.is_valid(payload) for payload in payloads)


@pytest.mark.parametrize("keyword", [*EQUAL, *LOW, *HIGH])
def test_each_bound_is_looked_at_from_both_sides(keyword: str) -> None:
    free, bound = {"type": "string"}, {"type": "string", keyword: 1}
    assert len(breaks(free, bound, reading=True)) == len(breaks(bound, free, reading=False)) == 1
    assert breaks(bound, free, reading=True) == breaks(free, bound, reading=False) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda s: at(s, "Alert", "headline").update(maxLenght=9), "maxLenght"),
        (lambda s: s["$defs"]["Alert"].update(requird=["headline"]), "requird"),
        (lambda s: s["$defs"].update(Unreached={"typ": "string"}), "typ"),
        (lambda s: s.update(allOf=[{"type": "object"}]), "allOf"),
        (lambda s: at(s, "Alert", "countries")["prefixItems"][1].update(enumm=[]), "enumm"),
        (lambda s: at(s, "Alert", "contributions")["items"].update(mininum=1), "mininum"),
        (lambda s: s.update(additionalProperties={"typ": "string"}), "typ"),
        (lambda s: at(s, "CauseIncident", "corroborates").update(maxLength=9), "maxLength"),
        (lambda s: at(s, "Alert", "level").update(enum=["normal"]), "enum"),
        (lambda s: at(s, "CauseIncident", "corroborates")["anyOf"][0].update(i=1), "i"),
        (lambda s: at(s, "Alert", "contributions").update(items=False), "expected a schema"),
    ],
)
@pytest.mark.parametrize("reading", [True, False])
@pytest.mark.parametrize("published_first", [True, False])
def test_a_keyword_that_is_not_known_is_an_error_and_no_pass(
    change: Change, named: str, reading: bool, published_first: bool
) -> None:
    pair = changed(ALERTS, change)
    with pytest.raises(UnknownKeyword, match=named):
        breaks(*(pair if published_first else reversed(pair)), reading=reading)


def test_a_union_whose_discriminator_forgets_a_member_is_an_error() -> None:
    pair = changed(OBSERVATIONS, lambda s: s["discriminator"]["mapping"].pop("tick"))
    with pytest.raises(UnknownKeyword, match="discriminator: names not each of oneOf"):
        breaks(*pair, reading=True)


@pytest.mark.parametrize(
    ("level", "wrong"),
    [
        ({"$ref": "#/$defs/Gone"}, "leads nowhere"),
        ({"$ref": "#/$defs/Level"}, "Level: lead back to themselves"),
        ({"anyOf": [{"$ref": "#/$defs/Alert"}, {"type": "null"}]}, "Alert, .*Level.*: lead back"),
    ],
)
def test_a_reference_to_nothing_or_to_itself_is_an_error(level: Schema, wrong: str) -> None:
    pair = changed(ALERTS, lambda s: s["$defs"].update(Level=level))
    with pytest.raises(UnknownKeyword, match=wrong):
        breaks(*pair, reading=True)


def test_an_alternative_has_to_fit_only_one_of_those_of_its_type() -> None:
    short, long = {"type": "string", "maxLength": 3}, {"type": "string", "pattern": "^long"}
    assert breaks({"anyOf": [short, long]}, {"anyOf": [long, short]}, reading=True) == []
    assert breaks({"anyOf": [short, long]}, {"anyOf": [long]}, reading=True)


def test_a_map_is_compared_by_its_values() -> None:
    numbers = {"type": "object", "additionalProperties": {"type": "integer"}}
    words = {"type": "object", "additionalProperties": {"type": "string"}}
    assert breaks(numbers, words, reading=True) == ["*: loses the type integer, valid until now"]
    named = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert breaks(numbers, named, reading=True) == ["a: loses the type integer, valid until now"]
    closed = {**named, "additionalProperties": False}
    assert breaks(closed, numbers, reading=True) == ["a: loses the type string, valid until now"]


def test_words_demand_nothing_but_a_field_may_be_called_like_one() -> None:
    old = {"type": "object", "title": "A", "properties": {"title": {"type": "string"}}}
    assert shape(old) == shape({**old, "title": "B"})
    assert shape(old) != shape({**old, "properties": {}})
