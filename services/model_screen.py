"""What ``forewarn model`` shows on a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isnan
from pathlib import Path

from rich.table import Table
from rich.text import Text

from models.escalation import words
from models.escalation.artifact import Manifest
from models.escalation.health import NO_REFERENCE, Health
from models.escalation.labels import LABELS
from models.escalation.promotions import Promotion
from models.escalation.registry import Choice, Entry
from services.settings import Settings
from services.terminal import Terminal


def show_list(entries: Sequence[Entry], choice: Choice, console: Terminal) -> None:
    """Print each model, and below the table why one cannot be used."""
    table = Table("version", "in use", "from", "trained on", "average precision", "usable")
    table.columns[0].no_wrap = True
    named = {"serves": choice.serves, "shadows": choice.shadow}
    used = {role: _used(entries, name) for role, name in named.items() if name}
    for entry in entries:
        own = "the build" if entry.committed else "you"
        roles = ", ".join(role for role, found in used.items() if found is entry)
        usable = "yes" if entry.fault is None else "no"
        _add(table, entry.version, roles, own, *_figures(entry.manifest), usable)
    console.print(table)
    for entry in entries:
        if entry.fault is not None:
            console.say(f"{entry.version}: {entry.fault}")
    for role in (role for role, found in used.items() if found is None):
        console.say(f"{named[role]} {role} and is not among these")


def show_entry(entry: Entry, console: Terminal) -> None:
    """Print what a manifest says, a line a matter."""
    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    for name, text in _lines(entry):
        _add(table, name, text)
    console.print(table)


def show_choice(choice: Choice, settings: Settings, console: Terminal) -> None:
    """Print what now serves, and what stands against it."""
    beside = f"; {choice.shadow} is scored beside it" if choice.shadow else "; none beside it"
    console.say(f"{choice.serves} serves from the next start of each worker on{beside}")
    if named := settings.model.version:
        console.say(f"FOREWARN_MODEL__VERSION={named} is set here and wins while it is")


def show_history(promotions: Sequence[Promotion], console: Terminal) -> None:
    """Print the promotions, a line each."""
    if not promotions:
        console.say("nothing was ever promoted: the newest committed model serves")
        return
    table = Table("promoted", "serves", "beside it", "undone")
    for told in promotions:
        undone = _time(told.undone_at) if told.undone_at else ""
        _add(table, _time(told.at), told.serves, told.shadow or "", undone)
    console.print(table)


def show_health(found: Health, console: Terminal) -> None:
    """Print what was examined, the drift of each feature and score, and the calibration."""
    rows = f"{found.rows:,} rows of {found.segments:,} segments"
    when = f", Mondays from {found.first} to {found.last}" if found.rows else ""
    console.say(f"model {found.version}: {rows}, actual traffic, one a segment and week{when}")
    if found.features is None or found.scores is None:
        console.say(f"drift: not known; {NO_REFERENCE}")
    else:
        table = Table("", "PSI", "verdict", title="Drift (below 0.1 stable, above 0.25 shifted)")
        for what, drifts in (("feature", found.features), ("score", found.scores)):
            for one in drifts:
                _add(table, f"{what} {one.name}", _decimal(one.psi), one.verdict.value)
        console.print(table)
    names = ("label", "judged", "expected", "observed", "ratio", "95 %", "verdict")
    table = Table(*names, title="Calibration (forecasts whose horizon passed a week ago)")
    table.columns[0].no_wrap = True
    for told in found.calibration:
        numbers = (f"{told.forecasts:,}", f"{told.expected:.1f}", f"{told.observed:,}")
        bounds = f"{_decimal(told.low)} to {_decimal(told.high)}"
        _add(table, told.label, *numbers, _decimal(told.ratio), bounds, told.verdict)
    console.print(table)


def _decimal(number: float) -> str:
    return "?" if isnan(number) else f"{number:.3g}" if number >= 0.01 else f"{number:.3f}"


def _used(entries: Sequence[Entry], name: str) -> Entry | None:
    """Return the model that a name in use means; settings may name its folder."""
    folder = Path(name).resolve()
    return next((e for e in entries if e.version == name or e.folder.resolve() == folder), None)


def _figures(manifest: Manifest | None) -> tuple[str, str]:
    """Return two cells: the data, and a line for each label."""
    if manifest is None:
        return "?", "?"
    days = f"{manifest.first_day} to\n{manifest.last_day},\n{manifest.data_rows:,} rows"
    return days, "\n".join(f"{label} {_precision(manifest, label)}" for label in LABELS)


def _precision(manifest: Manifest, label: str) -> str:
    known = manifest.metrics.get(label)
    return "?" if known is None else words.figure(known.average_precision)


def _lines(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "version", entry.version
    yield "folder", str(entry.folder)
    yield "usable", "yes" if entry.fault is None else f"no: {entry.fault}"
    manifest = entry.manifest
    if manifest is None:
        return
    yield "trained on", f"{manifest.first_day} to {manifest.last_day}, {manifest.data_rows:,} rows"
    yield "held out", ", ".join(manifest.held_out_borders) or "nothing"
    yield "data", f"sha256 {manifest.data_sha256[:16]}..."
    yield "features", ", ".join(manifest.features)
    for label, figures in manifest.metrics.items():
        named = {
            "average precision": figures.average_precision,
            "AUC": figures.auc,
            "Brier skill": figures.brier_skill,
            "calibration error": figures.calibration_error,
        }
        yield label, ", ".join(f"{name} {words.figure(found)}" for name, found in named.items())
    yield "figures of", "a model fitted once, before the last five years, and asked about them"
    levels = ", ".join(f"{level} from {p:.1%}" for level, p in manifest.thresholds.items())
    yield "levels", f"by the probability of escalation in 14 days: {levels}"
    yield "libraries", ", ".join(f"{name} {v}" for name, v in manifest.libraries.items())
    yield "attribution", manifest.attribution


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))
