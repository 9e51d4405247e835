"""The model card: prose of a template, every figure from ``metrics.json`` and the manifest."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from models.escalation import artifact, registry, words
from models.escalation.artifact import Manifest
from models.escalation.features import FEATURES
from models.escalation.figures import Figures, LabelFigures, Part
from models.escalation.forecasts import MODEL

HERE = Path(__file__).parent
METRICS, CARD = HERE / "metrics.json", HERE / "CARD.md"

SIMPLE = "ewma 30 d"
"""The baseline that parts are judged against: one number anyone can keep by hand."""

_WORST = 5
_FILTERS = ("figure", "plain", "number", "percent", "gain", "count", "label", "model", "border")


@dataclass(frozen=True, slots=True)
class Weak:
    """Where one label's forecasts are worst: parts in which enough came true to tell.

    ``behind`` of ``judged`` borders have a lower average precision than the simple baseline.
    """

    continents: list[Part]
    borders: list[Part]
    behind: int
    judged: int


def card(figures: Figures, manifest: Manifest) -> str:
    """Return the text of the card of the model that ``manifest`` names."""
    templates = Environment(
        loader=PackageLoader("models.escalation"),
        autoescape=False,  # noqa: S701 (Markdown, from figures of our own)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {name: getattr(words, name) for name in _FILTERS}
    return templates.get_template("CARD.md.j2").render(
        figures=figures,
        manifest=manifest,
        weak={f.label: weak(f) for f in figures.labels},
        simple=SIMPLE,
        features=FEATURES,
    )


def weak(figures: LabelFigures) -> Weak:
    """Return where the model adds least to the simple baseline, the worst first."""
    continents = _by_gain([p for p in figures.continents if p.enough])
    borders = _by_gain([p for p in figures.places if p.enough])
    behind = sum(_gain(p) < 0 for p in borders)
    return Weak(continents, borders[:_WORST], behind, len(borders))


def write(metrics: Path = METRICS, output: Path = CARD) -> Path:
    """Write the card of the newest artefact by the figures in ``metrics``; return its path."""
    figures = Figures.model_validate_json(metrics.read_bytes())
    manifest = Manifest.model_validate_json(
        (registry.newest() / artifact.MANIFEST_FILE).read_bytes()
    )
    output.write_text(card(figures, manifest), encoding="utf-8")
    return output


def _by_gain(parts: list[Part]) -> list[Part]:
    known = [p for p in parts if {MODEL, SIMPLE} <= p.average_precision.keys()]
    return sorted(known, key=lambda p: (_gain(p), p.name))


def _gain(part: Part) -> float:
    ours, theirs = (part.average_precision[name].value for name in (MODEL, SIMPLE))
    return (ours or 0.0) - (theirs or 0.0)


if __name__ == "__main__":
    print(write())
