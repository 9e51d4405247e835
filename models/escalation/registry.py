"""The models at hand, on disk: which there are, which one serves, which is scored beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from models.escalation import artifact
from models.escalation.artifact import MANIFEST_FILE, Artifact, Manifest
from models.escalation.errors import NothingToUndo, UnknownModel, UnusableModel
from models.escalation.promotions import Promotion, Promotions

COMMITTED = Path(str(files("models").joinpath("artifacts")))
"""The models that come with this build."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One version at hand; ``fault`` says why this build cannot use it, None where it can.

    ``manifest`` is None where it cannot be read.
    """

    version: str
    folder: Path
    committed: bool
    manifest: Manifest | None
    fault: str | None

    @property
    def text(self) -> str:
        """The manifest as it stands on disk."""
        return (self.folder / MANIFEST_FILE).read_text()


@dataclass(frozen=True, slots=True)
class Choice:
    """The version that serves, and the one that is scored beside it, if any."""

    serves: str
    shadow: str | None = None


class Registry:
    """Finds models by version, and remembers which one was promoted.

    Parameters
    ----------
    directory
        The operator's own folder: one folder a version, and the promotions. It need not be there.
    committed
        The folder of the models that come with the build. Where both have a version of one name,
        the build's is meant: what an assessment names must not depend on the machine.
    """

    def __init__(self, directory: Path, committed: Path = COMMITTED) -> None:
        self.directory = directory
        self._committed = committed
        self._promotions = Promotions(directory)

    def entries(self) -> list[Entry]:
        """Return every version at hand, the build's first, each as ``load`` would find it."""
        return [self._entry(folder, committed=c) for folder, c in self._folders()]

    def entry(self, version: str) -> Entry:
        """Return a version at hand, be it usable or not.

        Raises
        ------
        UnknownModel
            There is none of that name: with the nearest ones.
        """
        folder = self.find(version)
        return self._entry(folder, committed=folder.parent == self._committed)

    def find(self, version: str) -> Path:
        """Return the folder of a version.

        Raises
        ------
        UnknownModel
            There is none of that name: with the nearest ones.
        """
        for folder, _ in self._folders():
            if folder.name == version:
                return folder
        known = list(dict.fromkeys(folder.name for folder, _ in self._folders()))
        near = get_close_matches(version, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
        msg = (
            f"model {version!r} is neither among the build's models nor in {self.directory}; "
            f"{hint if known else 'none is there'}"
        )
        raise UnknownModel(msg)

    def load(self, version: str) -> Artifact:
        """Return the checked model of a version.

        Raises
        ------
        UnknownModel, UnusableModel
            There is none of that name, or this build cannot use it.
        """
        return _loaded(self.find(version))

    def choice(self) -> Choice:
        """Return what serves: what was promoted last, else the newest committed version."""
        promoted = self._promotions.standing()
        if promoted is None:
            return Choice(newest(self._committed).name)
        return Choice(promoted.serves, promoted.shadow)

    def history(self) -> tuple[Promotion, ...]:
        """Return every promotion, the first one first, with those that were undone."""
        return self._promotions.all()

    def promote(
        self, version: str, at: datetime, *, shadow: str | None = None, drop_shadow: bool = False
    ) -> Choice:
        """Let ``version`` serve from the next start of a worker on; return what then stands.

        Parameters
        ----------
        at
            The moment of the promotion, for the history.
        shadow
            The version to score beside it; None keeps the one that stands, unless it is the
            version that is promoted or ``drop_shadow`` is true.

        Raises
        ------
        UnknownModel, UnusableModel
            A version is not there, cannot be loaded, or both are one; nothing is then written.
        """
        self.load(version)
        if shadow is not None:
            self._check_shadow(version, shadow)

        def after(standing: Promotion | None) -> Promotion:
            kept = shadow or (standing.shadow if standing and not drop_shadow else None)
            return Promotion(at=at, serves=version, shadow=kept if kept != version else None)

        made = self._promotions.add(after)
        return Choice(made.serves, made.shadow)

    def undo(self, at: datetime) -> Choice:
        """Take the last promotion back; return what stands then. The history keeps it.

        Raises
        ------
        NothingToUndo
            Nothing is promoted.
        UnknownModel, UnusableModel
            What stood before is not there any more or cannot be loaded; nothing is then written.
        """

        def check(before: Promotion | None) -> None:
            self.load(before.serves if before else newest(self._committed).name)
            if before and before.shadow:
                self.load(before.shadow)

        if not self._promotions.undo(at, check):
            msg = f"nothing is promoted in {self.directory}; the newest committed model serves"
            raise NothingToUndo(msg)
        return self.choice()

    def _check_shadow(self, version: str, shadow: str) -> None:
        if shadow == version:
            msg = f"--shadow: {shadow!r} is the version that serves; expected another one"
            raise UnusableModel(msg)
        self.load(shadow)

    def _folders(self) -> Iterator[tuple[Path, bool]]:
        """Yield every folder of a version, and whether it comes with the build."""
        roots = [(self._committed, True)]
        if self.directory.resolve() != self._committed.resolve():
            roots.append((self.directory, False))
        for root, committed in roots:
            for folder in sorted(_versions(root), key=lambda f: _natural(f.name)):
                yield folder, committed

    def _entry(self, folder: Path, *, committed: bool) -> Entry:
        fault = None
        try:
            _loaded(folder)
        except UnusableModel as error:
            fault = str(error)
        if not committed and (self._committed / folder.name / MANIFEST_FILE).exists():
            fault = (
                f"{folder}: the build has a model of this name, which is used; rename the folder"
            )
        return Entry(folder.name, folder, committed, _manifest(folder), fault)


def newest(root: Path = COMMITTED) -> Path:
    """Return the folder of the newest model: the last by name, numbers in it by their value.

    Raises
    ------
    UnusableModel
        There is no model.
    """
    folders = _versions(root)
    if not folders:
        msg = f"no model in {root}; train one with: forewarn train --data GED_FILE"
        raise UnusableModel(msg)
    return max(folders, key=lambda folder: _natural(folder.name))


def _loaded(folder: Path) -> Artifact:
    """Load a version; what an assessment names must be what the registry finds it by."""
    found = artifact.load(folder)
    if found.manifest.version != folder.name:
        msg = (
            f"{folder / MANIFEST_FILE}: version: found {found.manifest.version!r}; expected the "
            f"folder's name, {folder.name!r}; rename the folder to the version"
        )
        raise UnusableModel(msg)
    return found


def _manifest(folder: Path) -> Manifest | None:
    """Return what a model says of itself, be it usable or not; None where it cannot be read."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError):
        return None


def _versions(root: Path) -> list[Path]:
    return [path.parent for path in root.glob(f"*/{MANIFEST_FILE}")]


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that puts escalation-10 after escalation-2."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
