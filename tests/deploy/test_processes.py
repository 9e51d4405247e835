"""What every deployment starts: real commands, with settings that exist and values they accept."""

import os
from pathlib import Path

import pytest

from services import reach
from services.gateway.tables import GATEWAY
from services.gateway.wrapping import Wrapping
from services.ledger import database
from services.notifier.command import ready
from services.notifier.place import NOTIFIER
from services.settings import Settings
from services.variables import PREFIX
from tests.deploy import cluster, composition, units
from tests.deploy.processes import DEPLOY, METRICS_PORT, Started, refuse_unknown_command

STARTED = [*composition.started(), *units.started(), *cluster.started()]

NOTIFIER_FILE = "/etc/forewarn/notifier.toml"


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without any setting."""
    for name in [n for n in os.environ if n.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("one", STARTED, ids=str)
def test_a_process_has_a_command_that_the_program_knows(one: Started) -> None:
    refuse_unknown_command(one.command)


@pytest.mark.parametrize("one", STARTED, ids=str)
def test_a_process_has_settings_that_exist_with_values_that_they_accept(
    one: Started, environ: pytest.MonkeyPatch
) -> None:
    for name, value in one.environ.items():
        environ.setenv(name, value)
    settings = reach.reaching(None)
    for kind, url in (
        (database.LEDGER, settings.ledger.url),
        (GATEWAY, settings.gateway.url),
        (NOTIFIER, settings.notifier.url),
    ):
        where = database.place(url, settings.data_dir, kind)
        assert where.get_backend_name() in ("postgresql", "sqlite")
        # What stands in the environment of a container is shown to whoever may inspect it.
        assert where.password is None
    Wrapping(settings.gateway.seal_key)


@pytest.mark.parametrize("one", STARTED, ids=str)
def test_a_process_keeps_what_counts_in_the_data_folder(one: Started) -> None:
    assert one.environ["FOREWARN_DATA_DIR"] == "/var/lib/forewarn"


@pytest.mark.parametrize("one", STARTED, ids=str)
def test_a_container_tells_of_itself_to_others_and_a_server_to_itself(one: Started) -> None:
    if one.name.startswith("systemd"):
        assert "FOREWARN_METRICS__HOST" not in one.environ
    else:
        assert one.environ["FOREWARN_METRICS__HOST"] == "0.0.0.0"
        assert one.environ["FOREWARN_METRICS__PORT"] == METRICS_PORT


@pytest.mark.parametrize("one", [s for s in STARTED if s.command[0] == "notifier"], ids=str)
def test_the_notifier_has_a_file_that_it_can_read(
    one: Started, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert one.environ["FOREWARN_NOTIFIER__CONFIG"] == NOTIFIER_FILE
    environ.setenv("FOREWARN_NOTIFIER__CONFIG", str(DEPLOY / "notifier.toml"))
    found = ready(Settings(data_dir=tmp_path))
    assert found.config.routes
