"""A trained model on disk: a skops file and the manifest that says what it is."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from skops import io as skops

from models.escalation.drift import Reference
from models.escalation.errors import UnusableModel
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import LABELS

MODEL_FILE = "model.skops"
MANIFEST_FILE = "manifest.json"


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
    metrics: dict[str, dict[str, float]]
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


def default_path() -> Path:
    """Return the folder of the newest committed artefact."""
    root = Path(str(files("models").joinpath("artifacts")))
    versions = sorted(p.parent for p in root.glob(f"*/{MANIFEST_FILE}"))
    if not versions:
        msg = f"no model in {root}; train one with: forewarn train --data GED_FILE"
        raise UnusableModel(msg)
    return versions[-1]


def save(folder: Path, estimators: dict[str, Any], manifest: dict[str, Any]) -> Manifest:
    """Write the model and its manifest; the manifest gains the model's hash."""
    folder.mkdir(parents=True, exist_ok=True)
    payload = skops.dumps(estimators)
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
        manifest = Manifest.model_validate_json((folder / MANIFEST_FILE).read_bytes())
        payload = (folder / MODEL_FILE).read_bytes()
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
    unknown = skops.get_untrusted_types(data=payload)
    if unknown:
        msg = f"{folder / MODEL_FILE}: holds types that are not trusted: {unknown}"
        raise UnusableModel(msg)
    return Artifact(manifest, skops.loads(payload, trusted=[]))
