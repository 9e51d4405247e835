"""What is published stays as it is, and the exporter refuses what would break it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, TypeAdapter, create_model

from schemas.compatibility import refusals
from schemas.export import publish, schema_of
from schemas.freeze import PUBLISHED, broken, published, unpublished
from schemas.rejection import Rejection
from schemas.topics import COMMANDS, OBSERVATIONS, REJECTED, TOPICS, Topic


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_the_current_contract_breaks_nothing_that_was_published(topic: Topic) -> None:
    assert broken(topic, schema_of(topic), published()) == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_the_current_contract_is_published(topic: Topic) -> None:
    assert unpublished(topic, schema_of(topic), published()) is None, "run: make schemas"


def test_no_edition_breaks_an_earlier_one_of_its_version() -> None:
    by_name = {topic.name: topic for topic in TOPICS}
    for (name, _), editions in published().items():
        for n, new in enumerate(editions):
            for old in editions[:n]:
                assert refusals(by_name[name], old, new) == []


def test_every_version_of_every_topic_is_published_and_nothing_else() -> None:
    assert set(published()) == {(t.name, v) for t in TOPICS for v in range(1, t.version + 1)}


def test_every_published_schema_is_a_schema() -> None:
    for editions in published().values():
        for schema in editions:
            Draft202012Validator.check_schema(schema)


def test_observations_could_not_have_gone_on_as_version_1() -> None:
    old = published()["observations", 1][-1]
    found = refusals(OBSERVATIONS, old, schema_of(OBSERVATIONS))
    path = "[kind=retract].replaces.sources"
    assert any(f"{path}: becomes required, and what lacks it is refused" in f for f in found)
    assert any("the whole: gains the member kind=command" in f for f in found)


def tree(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(PUBLISHED, tmp_path / "published")


def with_field(version: int, **fields: object) -> Topic:
    """Return the topic of the rejected with a changed contract."""
    model = create_model("Rejection", __base__=Rejection, **fields)  # type: ignore[call-overload]
    return replace(REJECTED, version=version, value=TypeAdapter(model))


def test_exporting_again_publishes_nothing(folder: Path) -> None:
    publish(folder)
    assert tree(folder) == tree(PUBLISHED)


def test_the_first_export_publishes_every_topic(tmp_path: Path) -> None:
    publish(tmp_path / "new")
    assert set(tree(tmp_path / "new")) == {f"{t.name}.v{t.version}.0.schema.json" for t in TOPICS}


def test_an_additive_change_is_one_edition_more(folder: Path) -> None:
    topic = with_field(1, hint=(str | None, None))
    publish(folder, [topic])
    added = tree(folder).keys() - tree(PUBLISHED).keys()
    assert added == {"incidents.rejected.v1.1.schema.json"}
    assert published(folder)["incidents.rejected", 1][-1] == schema_of(topic)


def test_what_an_additive_change_added_is_frozen_too(folder: Path) -> None:
    publish(folder, [with_field(1, hint=(str | None, None))])
    with pytest.raises(SystemExit, match="rejected v1: hint: gains the type integer"):
        publish(folder, [with_field(1, hint=(int | str | None, None))])


def test_other_words_are_no_edition(folder: Path) -> None:
    publish(folder, [with_field(1, detail=(str, Field(max_length=4000, min_length=1, title="?")))])
    assert tree(folder) == tree(PUBLISHED)


def test_a_breaking_change_is_refused_and_nothing_is_written(folder: Path) -> None:
    additive, breaking = with_field(1, hint=(str | None, None)), with_field(1, hint=(str, ...))
    with pytest.raises(SystemExit) as refused:
        publish(folder, [replace(additive, name="commands", version=7), breaking])
    assert str(refused.value).splitlines() == [
        "incidents.rejected v1: hint: becomes required, and what lacks it is refused; "
        "publish it as version 2",
        "Nothing is written; see docs/versions.md.",
    ]
    assert tree(folder) == tree(PUBLISHED)


def test_a_breaking_change_is_published_as_a_new_version(folder: Path) -> None:
    topic = with_field(2, schema_version=(Literal[2], 2), hint=(str, ...))
    publish(folder, [topic])
    assert published(folder)["incidents.rejected", 2] == [schema_of(topic)]
    assert published(folder)["incidents.rejected", 1] == published()["incidents.rejected", 1]


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "commands.v1.schema.json", "commands.v0.0.schema.json", "x.v1.00.schema.json"],
)
def test_a_file_that_is_no_published_schema_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")
    with pytest.raises(ValueError, match=name):
        published(folder)


def test_an_edition_that_is_gone_is_named(folder: Path) -> None:
    (folder / "incidents.v1.0.schema.json").unlink()
    left = list(range(1, 1 + len(list(folder.glob("incidents.v1.*")))))
    told = re.escape(f"incidents v1: found editions {left}; one is missing")
    with pytest.raises(ValueError, match=told):
        published(folder)


def test_a_published_schema_that_was_edited_no_longer_fits_the_contract(folder: Path) -> None:
    file = folder / "commands.v1.0.schema.json"
    edited = json.loads(file.read_text())
    edited["$defs"]["ResolveCommand"]["properties"]["note"]["maxLenght"] = 1
    file.write_text(json.dumps(edited))
    with pytest.raises(ValueError, match="maxLenght"):
        broken(COMMANDS, schema_of(COMMANDS), published(folder))
