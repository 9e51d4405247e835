"""The registry of models: which there are, which serves, and how a promotion is taken back."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.escalation.artifact import MANIFEST_FILE, MODEL_FILE
from models.escalation.errors import NothingToUndo, UnknownModel, UnusableModel
from models.escalation.promotions import FILE, Promotions
from models.escalation.registry import Choice, Registry, newest
from services.composition import choice, model
from services.settings import Model, Settings
from services.variables import BadSetting
from tests.builders import NOON, at
from tests.models import copied

ROOT = Path(__file__).parents[2]
NEWEST = newest().name


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The operator's folder, with two models."""
    for name in ("own-1", "own-2"):
        copied(tmp_path / name)
    return tmp_path


@pytest.fixture
def registry(own: Path) -> Registry:
    return Registry(own)


def test_without_a_promotion_the_newest_committed_model_serves(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "absent")
    assert registry.choice() == Choice(NEWEST)
    assert registry.history() == ()
    assert not (tmp_path / "absent").exists(), "reading makes no folder"


def test_the_newest_is_the_last_by_number_and_not_by_letter(tmp_path: Path) -> None:
    for name in ("m-2", "m-10", "m-9"):
        copied(tmp_path / name)
    assert newest(tmp_path).name == "m-10"


def test_the_builds_own_folder_may_be_the_operators_too(tmp_path: Path) -> None:
    copied(tmp_path / "m-1")
    registry = Registry(tmp_path, tmp_path)
    assert [(e.version, e.committed, e.fault) for e in registry.entries()] == [("m-1", True, None)]
    assert registry.promote("m-1", NOON) == registry.choice() == Choice("m-1")


def test_a_build_without_models_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match="forewarn train"):
        newest(tmp_path)


def test_an_unknown_version_is_refused_with_the_nearest_ones(registry: Registry) -> None:
    with pytest.raises(UnknownModel, match=r"model 'own2' is neither .* did you mean own-2 or own"):
        registry.promote("own2", NOON)
    with pytest.raises(UnknownModel, match=rf"known: .*{NEWEST}, own-1, own-2"):
        registry.promote("zzzzzz", NOON)
    assert registry.history() == ()


def test_every_entry_says_why_it_cannot_be_used(own: Path) -> None:
    (own / "own-1" / MODEL_FILE).write_bytes(b"altered")
    copied(own / "renamed", version="first-name")
    copied(own / "strange", features=["moon"])
    copied(own / NEWEST)
    (own / "own-2" / MANIFEST_FILE).write_text("{")
    found = {(e.version, e.committed): e for e in Registry(own).entries()}
    assert found[NEWEST, True].fault is None
    for name, why in {
        "own-1": "sha256",
        "renamed": "expected the folder's name, 'renamed'",
        "strange": "this build computes",
        NEWEST: "the build has a model of this name",
        "own-2": "cannot read the model",
    }.items():
        assert why in (found[name, False].fault or ""), name
    assert found["own-2", False].manifest is None


def test_what_is_promoted_serves_and_its_shadow_stays_until_it_is_dropped(
    registry: Registry,
) -> None:
    assert registry.promote("own-1", NOON, shadow="own-2") == Choice("own-1", "own-2")
    assert registry.promote(NEWEST, at(1)) == Choice(NEWEST, "own-2")
    assert registry.promote("own-2", at(2)) == Choice("own-2"), "no model shadows itself"
    registry.promote("own-1", at(3), shadow="own-2")
    assert registry.promote("own-1", at(4), drop_shadow=True) == Choice("own-1")
    assert registry.choice() == Choice("own-1")


def test_a_model_that_does_not_load_is_not_promoted(own: Path, registry: Registry) -> None:
    registry.promote("own-1", NOON)
    (own / "own-2" / MODEL_FILE).write_bytes(b"altered")
    for version, shadow in (("own-2", None), ("own-1", "own-2"), ("own-1", "own-1")):
        with pytest.raises(UnusableModel):
            registry.promote(version, at(1), shadow=shadow)
    assert registry.choice() == Choice("own-1")
    assert len(registry.history()) == 1


def test_undoing_goes_back_one_promotion_at_a_time_and_keeps_the_history(
    registry: Registry,
) -> None:
    registry.promote("own-1", NOON, shadow="own-2")
    registry.promote("own-2", at(1))
    assert registry.undo(at(2)) == Choice("own-1", "own-2")
    registry.promote("own-2", at(3))
    assert registry.undo(at(4)) == Choice("own-1", "own-2")
    assert registry.undo(at(5)) == Choice(NEWEST)
    with pytest.raises(NothingToUndo):
        registry.undo(at(6))
    told = [(p.at, p.serves, p.undone_at) for p in registry.history()]
    assert told == [(NOON, "own-1", at(5)), (at(1), "own-2", at(2)), (at(3), "own-2", at(4))]


def test_a_promotion_is_not_undone_to_a_model_that_is_gone(own: Path, registry: Registry) -> None:
    registry.promote("own-1", NOON)
    registry.promote("own-2", at(1))
    (own / "own-1" / MANIFEST_FILE).unlink()
    with pytest.raises(UnknownModel, match="'own-1'"):
        registry.undo(at(2))
    assert registry.choice() == Choice("own-2")


def test_promotions_that_cannot_be_read_stop_whoever_asks(own: Path, registry: Registry) -> None:
    (own / FILE).write_text('{"promotions": [{"serves"')
    with pytest.raises(UnusableModel, match=r"promotions.json: .*; restore it, or delete it"):
        registry.choice()
    with pytest.raises(UnusableModel, match="restore it"):
        registry.promote("own-1", NOON)


def test_no_promotion_is_lost_when_several_processes_promote_at_once(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from models.escalation.promotions import Promotion, Promotions\n"
        "made = Promotion(at=datetime(2021, 1, 1, tzinfo=UTC), serves=sys.argv[2])\n"
        "for _ in range(40): Promotions(Path(sys.argv[1])).add(lambda _: made)\n"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen([*arguments, f"own-{n}"], cwd=ROOT) for n in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    told = [p.serves for p in Promotions(tmp_path).all()]
    assert {name: told.count(name) for name in set(told)} == {f"own-{n}": 40 for n in range(3)}


def settings(own: Path, **named: str) -> Settings:
    return Settings(model=Model(directory=own, **named))


def test_settings_win_over_what_is_promoted(own: Path, registry: Registry) -> None:
    registry.promote("own-1", NOON, shadow="own-2")
    assert choice(settings(own)) == Choice("own-1", "own-2")
    assert choice(settings(own, shadow=NEWEST)) == Choice("own-1", NEWEST)
    assert choice(settings(own, version="own-2")) == Choice("own-2"), "not even its shadow"


def test_settings_may_name_a_folder_of_any_name(own: Path, tmp_path: Path) -> None:
    folder = copied(tmp_path / "elsewhere" / "download", version="v-7")
    named = settings(own, version=str(folder))
    assert model(named, choice(named).serves).manifest.version == "v-7"
    with pytest.raises(UnknownModel, match="did you mean own-1"):
        model(settings(own), "own-1x")


def test_a_plain_variable_for_the_section_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOREWARN_MODEL", "own-1")
    with pytest.raises(BadSetting, match=r"FOREWARN_MODEL: .*set FOREWARN_MODEL__VERSION"):
        Settings()
