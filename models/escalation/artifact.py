"""A trained model on disk: a skops file and the manifest that says what it is."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from models.escalation.drift import Reference
from models.escalation.errors import UnusableModel
from models.escalation.features import FEATURE_NAMES
from models.escalation.figures import Measured
from models.escalation.labels import LABELS

MODEL_FILE = "model.skops"
MANIFEST_FILE = "manifest.json"

MOST_BYTES = 256 * 1_048_576
"""Most that a model's file may have, also unpacked [bytes]; ours have 4 MB."""


class Skill(BaseModel):
    """How good one label's forecasts were in the validation years."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    positives: int
    average_precision: Measured
    auc: Measured
    brier_skill: Measured
    calibration_error: Measured


class Manifest(BaseModel):
    """What a model was made from, how good it is, and at which probabilities it alerts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    features: tuple[str, ...]
    labels: tuple[str, ...]
    usual: tuple[float, ...] = Field(description="Mean of each feature, in its unit.")
    thresholds: dict[str, float] = Field(
        description="Probability of escalation in 14 days at which watch, warning, critical begin."
    )
    model_sha256: str
    data_sha256: str
    data_rows: int
    first_day: str
    last_day: str
    held_out_borders: tuple[str, ...]
    metrics: dict[str, Skill]
    libraries: dict[str, str]
    attribution: str
    reference: Reference | None = Field(
        default=None, description="What drift is measured against; null in older manifests."
    )


@dataclass(frozen=True)
class Artifact:
    """A checked model: one fitted estimator for each label."""

    manifest: Manifest
    estimators: dict[str, Any]


def save(folder: Path, estimators: dict[str, Any], manifest: dict[str, Any]) -> Manifest:
    """Write the model and its manifest; the manifest gains the model's hash."""
    from models.escalation import packing

    folder.mkdir(parents=True, exist_ok=True)
    payload = packing.pack(estimators)
    (folder / MODEL_FILE).write_bytes(payload)
    complete = Manifest(model_sha256=hashlib.sha256(payload).hexdigest(), **manifest)
    (folder / MANIFEST_FILE).write_text(complete.model_dump_json(indent=2) + "\n")
    return complete


def load(folder: Path) -> Artifact:
    """Read an artefact, having checked its hash, its features and its types.

    Raises
    ------
    UnusableModel
        With what is wrong and what to do.
    """
    try:
        manifest = Manifest.model_validate_json(_inside(folder, MANIFEST_FILE))
        payload = _inside(folder, MODEL_FILE)
    except (OSError, ValueError) as error:
        msg = f"cannot read the model in {folder}: {error}"
        raise UnusableModel(msg) from error
    found = hashlib.sha256(payload).hexdigest()
    if found != manifest.model_sha256:
        msg = (
            f"{folder / MODEL_FILE}: sha256 is {found[:12]}..., the manifest says "
            f"{manifest.model_sha256[:12]}...; restore the file or train again"
        )
        raise UnusableModel(msg)
    if manifest.features != FEATURE_NAMES or manifest.labels != LABELS:
        msg = (
            f"{folder}: made for features {manifest.features}, labels {manifest.labels}; this "
            f"build computes {FEATURE_NAMES}, {LABELS}; train again with: forewarn train"
        )
        raise UnusableModel(msg)
    # With it come skops and all of scikit-learn: seconds, and nothing that a manifest needs.
    from models.escalation import packing

    try:
        return Artifact(manifest, packing.unpack(payload))
    except UnusableModel as error:
        msg = f"{folder / MODEL_FILE}: {error}; restore the file or train again"
        raise UnusableModel(msg) from None


def _inside(folder: Path, name: str) -> bytes:
    """Return what a file of the folder holds.

    Raises
    ------
    UnusableModel
        It leads out of the folder, or is larger than any model.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        msg = f"{folder / name}: leads out of its folder, to {path}; put the file itself there"
        raise UnusableModel(msg)
    with path.open("rb") as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        msg = f"{folder / name}: has more than {MOST_BYTES:,} bytes, which no model has"
        raise UnusableModel(msg)
    return found
