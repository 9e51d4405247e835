"""What the local stack does about the notifier before anything runs."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from schemas.incident import Traffic
from services.local import beside
from services.local.environment import inherited
from services.local.stack import stack
from services.notifier.config import BadConfig
from services.replay.events import case, events, marked, read
from services.settings import Notifier, Settings


def settings(folder: Path, **notifier: object) -> Settings:
    return Settings(data_dir=folder, notifier=Notifier.model_validate(notifier))


async def test_without_a_configuration_it_says_that_nobody_is_told_and_how_somebody_is(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    async with beside.notifier(settings(tmp_path), {}, said.append, forgets=False) as found:
        assert found is None
    (line,) = said
    assert "nobody is told" in line
    assert "FOREWARN_NOTIFIER__CONFIG=" in line


async def test_a_database_that_outlives_the_log_is_left_alone(tmp_path: Path) -> None:
    given = settings(tmp_path, config=tmp_path / "n.toml", url=SecretStr("postgresql://h/d"))
    said: list[str] = []
    async with beside.notifier(given, {}, said.append, forgets=True) as found:
        assert found is None
    assert said[0].startswith("started no notifier: this broker forgets its log")
    assert not (tmp_path / "notifier.log").exists()


async def test_nothing_is_started_where_the_configuration_cannot_be_read(tmp_path: Path) -> None:
    given = settings(tmp_path / "data", config=tmp_path / "none.toml")
    said: list[str] = []
    with pytest.raises(BadConfig, match="FOREWARN_NOTIFIER__CONFIG names it"):
        async with stack(given, None, said.append, notifier=True):
            pass
    assert said == []
    assert not (tmp_path / "data").exists()


def test_what_the_settings_leave_out_is_not_inherited(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOREWARN_NOTIFIER__URL", "postgresql://h/real")
    monkeypatch.setenv("PATH", "/bin")
    found = inherited(settings(tmp_path, url=None))
    assert "FOREWARN_NOTIFIER__URL" not in found
    assert found["PATH"] == "/bin"


def test_a_case_that_is_marked_as_an_exercise_is_one_in_every_revision() -> None:
    found = list(marked(events(case(), read(case())), Traffic.EXERCISE))
    assert {event.data.traffic for event in found} == {Traffic.EXERCISE}
    assert [e.id for e in found] == [e.id for e in events(case(), read(case()))]
