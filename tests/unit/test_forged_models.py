"""A model file that somebody has made or damaged is refused in words, and runs nothing."""

import hashlib
import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from skops import io as skops

from models.escalation import artifact
from models.escalation.artifact import MANIFEST_FILE, MODEL_FILE
from models.escalation.errors import UnusableModel
from models.escalation.labels import ALERTING
from models.escalation.registry import Registry, newest
from tests.models import copied

Change = Callable[[dict[str, Any]], object]


class Runs:
    """What a pickle would run when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def forged(folder: Path, payload: bytes) -> Path:
    """Put ``payload`` in the place of a model, with the hash that fits it."""
    copied(folder, model_sha256=hashlib.sha256(payload).hexdigest())
    (folder / MODEL_FILE).write_bytes(payload)
    return folder


def refused(folder: Path) -> str:
    """Return why a model is refused: by who loads it, and in the list of models."""
    with pytest.raises(UnusableModel) as raised:
        artifact.load(folder)
    registry = Registry(folder.parent, folder.parent)
    (entry,) = [e for e in registry.entries() if e.folder == folder]
    assert entry.fault == str(raised.value)
    assert str(folder) in entry.fault
    return entry.fault


def changed(folder: Path, change: Change) -> Path:
    """Forge a model whose estimators ``change`` has been at."""
    estimators = artifact.load(newest()).estimators
    change(estimators)
    return forged(folder, skops.dumps(estimators))


def test_what_is_read_is_a_model_that_nobody_has_touched(tmp_path: Path) -> None:
    whole = artifact.load(newest()).estimators
    assert artifact.load(forged(tmp_path / "m", skops.dumps(whole))).estimators.keys() == (
        whole.keys()
    )


def test_a_pickle_is_not_opened_whatever_its_hash(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    payload = pickle.dumps(Runs(mark))
    pickle.loads(payload)
    assert mark.is_dir(), "opened, it runs"
    mark.rmdir()
    assert "is no whole skops file" in refused(forged(tmp_path / "m", payload))
    assert not mark.exists()


def test_a_pickle_in_an_array_is_not_opened(tmp_path: Path) -> None:
    mark, held = tmp_path / "ran", io.BytesIO()
    np.save(held, np.array([Runs(mark)], dtype=object), allow_pickle=True)
    payload = (newest() / MODEL_FILE).read_bytes()
    with ZipFile(io.BytesIO(payload)) as old, ZipFile(made := io.BytesIO(), "w") as new:
        for name in old.namelist():
            new.writestr(name, held.getvalue() if name.endswith(".npy") else old.read(name))
    assert "allow_pickle=False" in refused(forged(tmp_path / "m", made.getvalue()))
    assert not mark.exists()


def test_a_type_that_is_not_trusted_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path / "m", lambda e: e.update({ALERTING: io.StringIO}))
    assert "types that are not trusted: ['_io.StringIO']" in refused(path)


def test_a_function_that_would_run_is_not_trusted(tmp_path: Path) -> None:
    path = changed(tmp_path / "m", lambda e: e.update({ALERTING: os.system}))
    assert "types that are not trusted: ['posix.system']" in refused(path)


def test_another_file_than_the_manifests_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path / "m")
    with (folder / MODEL_FILE).open("ab") as file:
        file.write(b"\0")
    assert "sha256 is" in refused(folder)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_half_a_file_is_refused_whatever_its_hash(share: float, tmp_path: Path) -> None:
    payload = (newest() / MODEL_FILE).read_bytes()
    folder = forged(tmp_path / "m", payload[: int(len(payload) * share)])
    assert "is no whole skops file (BadZipFile" in refused(folder)


def test_a_changed_byte_inside_is_refused_whatever_its_hash(tmp_path: Path) -> None:
    payload = bytearray((newest() / MODEL_FILE).read_bytes())
    payload[len(payload) // 2] ^= 0xFF
    assert "model.skops: " in refused(forged(tmp_path / "m", bytes(payload)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"features": ["moon"]}, "this build computes"),
        ({"labels": ["war"]}, "this build computes"),
        ({"model_sha256": "0" * 64}, "sha256 is"),
        ({"thresholds": {"watch": "soon"}}, "thresholds.watch"),
        ({"trust_me": True}, "trust_me"),
    ],
)
def test_a_manifest_that_lies_is_refused(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    assert said in refused(copied(tmp_path / "m", **changes))


def test_a_manifest_for_another_version_is_refused(tmp_path: Path) -> None:
    copied(tmp_path / "m", version="../../m")
    (entry,) = Registry(tmp_path, tmp_path).entries()
    assert "found '../../m'; expected the folder's name, 'm'" in (entry.fault or "")


def drop(estimators: dict[str, Any]) -> None:
    del estimators[ALERTING]


def no_pair(estimators: dict[str, Any]) -> None:
    estimators[ALERTING] = [1.0]


def swapped(estimators: dict[str, Any]) -> None:
    pair = estimators[ALERTING]
    pair["linear"], pair["boosted"] = pair["boosted"], pair["linear"]


def short(estimators: dict[str, Any]) -> None:
    logistic = estimators[ALERTING]["linear"].steps[1][1]
    logistic.coef_ = logistic.coef_[:, :3]


def unknown(estimators: dict[str, Any]) -> None:
    estimators[ALERTING]["linear"].steps[0][1].mean_[0] = np.nan


def _nodes(estimators: dict[str, Any]) -> Any:
    return estimators[ALERTING]["boosted"]._predictors[0][0].nodes


def circle(estimators: dict[str, Any]) -> None:
    nodes = _nodes(estimators)
    split = int(np.flatnonzero(nodes["is_leaf"] == 0)[1])
    (parent,) = np.flatnonzero((nodes["left"] == split) & (nodes["is_leaf"] == 0))
    # Each is still the child of one: this one of itself.
    nodes["left"][parent], nodes["left"][split] = nodes["left"][split], split


def root(estimators: dict[str, Any]) -> None:
    _nodes(estimators)["left"][0] = 0


def outside(estimators: dict[str, Any]) -> None:
    _nodes(estimators)["right"][0] = 4_000_000_000


def shared(estimators: dict[str, Any]) -> None:
    nodes = _nodes(estimators)
    nodes["left"][0] = nodes["right"][0]


def no_feature(estimators: dict[str, Any]) -> None:
    _nodes(estimators)["feature_idx"][0] = -1


def far_feature(estimators: dict[str, Any]) -> None:
    _nodes(estimators)["feature_idx"][0] = 1_000_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop, "expected a pair of models for each of"),
        (no_pair, "expected the models linear and boosted, found list"),
        (swapped, "linear is HistGradientBoostingClassifier"),
        (short, "linear has"),
        (unknown, "no numbers"),
        *((tree, "boosted has a tree") for tree in (circle, root, outside, shared)),
        *((tree, "boosted has a tree") for tree in (no_feature, far_feature)),
    ],
    ids=lambda v: v.__name__ if callable(v) else "",
)
def test_a_model_that_the_scorer_would_stumble_over_is_refused(
    change: Change, said: str, tmp_path: Path
) -> None:
    assert said in refused(changed(tmp_path / "m", change))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    for name in (MODEL_FILE, MANIFEST_FILE):
        folder = copied(tmp_path / f"linked-{name}")
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
        assert "leads out of its folder" in refused(folder)


def test_a_link_within_the_folder_is_followed_as_kubernetes_makes_them(tmp_path: Path) -> None:
    folder = copied(tmp_path / "m")
    (folder / "..data").mkdir()
    (folder / MODEL_FILE).rename(folder / "..data" / MODEL_FILE)
    (folder / MODEL_FILE).symlink_to(Path("..data", MODEL_FILE))
    assert artifact.load(folder)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused_unread(tmp_path: Path) -> None:
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as bomb:
        bomb.writestr("schema.json", b" " * (artifact.MOST_BYTES + 1))
    assert len(made.getvalue()) < 1_000_000
    assert "unpacks to 268,435,457 bytes" in refused(forged(tmp_path / "m", made.getvalue()))


def test_a_part_that_is_read_over_and_over_is_refused(tmp_path: Path) -> None:
    payload = (newest() / MODEL_FILE).read_bytes()
    with ZipFile(io.BytesIO(payload)) as old, ZipFile(made := io.BytesIO(), "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                schema["copies"] = [{"file": "4.npy", "__id__": -n} for n in range(9)]
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    assert "several objects of one part" in refused(forged(tmp_path / "m", made.getvalue()))


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b'{"a":' * 200_000)
    assert "is no whole skops file" in refused(forged(tmp_path / "m", made.getvalue()))
