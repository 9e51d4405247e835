"""Which model was promoted when: a file that is replaced whole, one writer at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models.escalation.errors import UnusableModel

FILE = "promotions.json"
LOCK_FILE = "promotions.lock"


class Promotion(BaseModel):
    """One promotion; ``undone_at`` says when it was taken back, None while it was not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    serves: str
    shadow: str | None = None
    undone_at: AwareDatetime | None = None


class _History(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    promotions: tuple[Promotion, ...] = ()


class Promotions:
    """The history of promotions in one folder, the first one first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> tuple[Promotion, ...]:
        """Return every promotion; none where nothing was ever promoted.

        Raises
        ------
        UnusableModel
            The file cannot be read.
        """
        path = self._folder / FILE
        try:
            return _History.model_validate_json(path.read_bytes()).promotions
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError) as error:
            why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            msg = (
                f"cannot read {path}: {why}; restore it, or delete it (the newest committed "
                "model then serves) and promote again"
            )
            raise UnusableModel(msg) from error

    def standing(self) -> Promotion | None:
        """Return the last promotion that was not undone."""
        return _standing(self.all())

    def add(self, make: Callable[[Promotion | None], Promotion]) -> Promotion:
        """Append what ``make`` returns for the promotion that stands; return it."""
        with self._alone():
            earlier = self.all()
            made = make(_standing(earlier))
            self._write((*earlier, made))
        return made

    def undo(self, at: AwareDatetime, check: Callable[[Promotion | None], None]) -> bool:
        """Mark the promotion that stands as undone; return False where none does.

        ``check`` is given what will stand then, and raises to leave all as it is.
        """
        with self._alone():
            found = self.all()
            standing = _standing(found)
            if standing is None:
                return False
            undone = standing.model_copy(update={"undone_at": at})
            found = tuple(undone if p is standing else p for p in found)
            check(_standing(found))
            self._write(found)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes waiting; the lock file stays, so that all wait on the same one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / LOCK_FILE).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, promotions: tuple[Promotion, ...]) -> None:
        """Replace the file whole, so that a reader or a crash never sees half of it."""
        text = _History(promotions=promotions).model_dump_json(indent=2) + "\n"
        with NamedTemporaryFile("w", dir=self._folder, prefix=FILE, delete=False) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        # A file that only its writer may read would stop a worker that runs as somebody else.
        Path(new.name).chmod(0o644)
        Path(new.name).replace(self._folder / FILE)


def _standing(promotions: tuple[Promotion, ...]) -> Promotion | None:
    return next((p for p in reversed(promotions) if p.undone_at is None), None)
