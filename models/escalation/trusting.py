"""Looks at a model file before it is read, and at what it held before it is used.

Whoever can write a model's folder can write its hash too. So what is read may be no more than data
of known types, in bounds, and of the shape that the scorer walks through without looking.
"""

import json
from collections.abc import Collection, Mapping
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from models.escalation.artifact import MOST_BYTES
from models.escalation.errors import UnusableModel

SCHEMA = "schema.json"
"""The part of a skops file that says what it holds."""


def check_archive(payload: bytes) -> None:
    """Check that a model file is an archive that unpacks to no more than it may.

    Raises
    ------
    UnusableModel
        With what is wrong.
    """
    try:
        with ZipFile(BytesIO(payload)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > MOST_BYTES:
                msg = f"unpacks to {size:,} bytes; expected at most {MOST_BYTES:,}"
                raise UnusableModel(msg)
            _check_once(archive.read(SCHEMA))
    except (BadZipFile, KeyError, ValueError, OSError, RecursionError) as error:
        msg = f"is no whole skops file ({type(error).__name__}: {error})"
        raise UnusableModel(msg) from None


def _check_once(schema: bytes) -> None:
    """Check that each part is one object: a small file could fill the memory with copies of it."""
    parts: set[tuple[str, str]] = set()

    def note(node: dict[str, Any]) -> dict[str, Any]:
        if "file" in node:
            parts.add((str(node["file"]), str(node.get("__id__"))))
        return {}

    json.loads(schema, object_hook=note)
    if len(parts) > len({file for file, _ in parts}):
        msg = "makes several objects of one part of it; expected one"
        raise UnusableModel(msg)


def check_estimators(found: object, labels: Collection[str], n_features: int) -> None:
    """Check that a model file held what the scorer knows: one pair of models for each label.

    Raises
    ------
    UnusableModel
        With what is wrong.
    """
    if not isinstance(found, Mapping) or list(found) != list(labels):
        held = sorted(map(str, found)) if isinstance(found, Mapping) else type(found).__name__
        msg = f"holds {held}; expected a pair of models for each of {', '.join(labels)}"
        raise UnusableModel(msg)
    for label, pair in found.items():
        wrong = _wrong_pair(pair, n_features)
        if wrong:
            msg = f"{label}: {wrong}"
            raise UnusableModel(msg)


def _wrong_pair(pair: object, n_features: int) -> str | None:
    if not isinstance(pair, Mapping) or set(pair) != {"linear", "boosted"}:
        return f"expected the models linear and boosted, found {type(pair).__name__}"
    linear, boosted = pair["linear"], pair["boosted"]
    if not isinstance(linear, Pipeline) or not isinstance(boosted, HistGradientBoostingClassifier):
        return f"linear is {type(linear).__name__}, boosted is {type(boosted).__name__}"
    kinds = [type(step) for _, step in linear.steps]
    if kinds != [StandardScaler, LogisticRegression]:
        return f"linear is made of {[kind.__name__ for kind in kinds]}"
    (_, scaler), (_, logistic) = linear.steps
    sizes = {np.size(scaler.mean_), np.size(scaler.scale_), np.size(logistic.coef_)}
    if sizes != {n_features}:
        return f"linear has {sorted(sizes)} coefficients; expected {n_features}"
    if not all(np.isfinite(part).all() for part in (scaler.mean_, scaler.scale_, logistic.coef_)):
        return "linear has coefficients that are no numbers"
    for (predictor,) in boosted._predictors:
        if not _is_tree(predictor.nodes, n_features):
            return "boosted has a tree whose nodes lead nowhere, in a circle, or ask for no feature"
    return None


def _is_tree(nodes: Any, n_features: int) -> bool:
    """Tell whether every node but the first is the child of one that stands before it."""
    split = nodes["is_leaf"] == 0
    number = np.arange(len(nodes))[split]
    children = np.concatenate([nodes["left"][split], nodes["right"][split]]).astype(np.int64)
    features = nodes["feature_idx"][split]
    return (
        len(nodes) > 0
        and not nodes["is_categorical"][split].any()
        and bool(((features >= 0) & (features < n_features)).all())
        and bool((children > np.concatenate([number, number])).all())
        and sorted(children.tolist()) == list(range(1, len(nodes)))
        and bool(np.isfinite(nodes["value"]).all())
    )
