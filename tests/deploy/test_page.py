"""docs/deploying.md: each command as it stands is one that there is."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
import yaml

from services.gateway.wrapping import Wrapping
from services.settings import Gateway
from services.version import version
from tests.deploy.cluster import SETTINGS, WORKLOADS, container_of, of_kind, secrets
from tests.deploy.composition import SERVICES, read
from tests.deploy.processes import DEPLOY, ROOT, refuse_unknown_command
from tests.deploy.units import INSTANCES, variables

PAGE = (ROOT / "docs" / "deploying.md").read_text()

_OURS = re.compile(
    r"(?:bin/forewarn|(?:--|gateway|notifier) forewarn|run --rm (?:-\w+ (?:\S+:\S+ )?)?gateway)"
    r" (?P<command>[^>)]+)"
)


def code() -> Iterator[str]:
    """Yield every line of code of the page: indented, fenced, or within a line."""
    fenced = re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL)
    plain = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    for text in (*fenced, *re.findall(r"^    (.+)$", plain, re.MULTILINE)):
        yield from text.splitlines()
    yield from re.findall(r"`([^`\n]+)`", plain)


CODE = list(code())
COMMANDS = sorted({m["command"].strip() for line in CODE if (m := _OURS.search(line))})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_ours_is_one_that_the_program_knows(command: str, tmp_path: Path) -> None:
    words = shlex.split(command)
    if words[:2] == ["import", "ucdp"]:
        # The file is there in the container alone.
        words[2] = str(tmp_path / "ged.csv")
        Path(words[2]).touch()
    refuse_unknown_command(tuple(words))


def test_the_first_key_is_made_in_each_of_the_three_ways() -> None:
    making = [line for line in CODE if "keys create admin --scope admin > admin.key" in line]
    assert len(making) == 3
    assert all(line.startswith("(umask 077; ") for line in making)


def test_what_is_named_of_the_repository_is_there() -> None:
    named = {path for line in CODE for path in re.findall(r"(?<!/)\bdeploy/[\w./*@-]+", line)}
    assert len(named) > 8
    missing = [path for path in named if not list(ROOT.glob(path.rstrip("/")))]
    assert missing == []


def test_compose_is_asked_for_services_and_a_profile_that_there_are() -> None:
    asked = [line for line in CODE if line.startswith("docker compose")]
    services = {
        found
        for line in asked
        for found in re.findall(
            r"(?:exec|run --rm(?: -T)?(?: -v \S+)?|--force-recreate|logs -f) ([\w-]+)", line
        )
    }
    assert {"gateway", "notifier", "postgres"} <= services <= set(SERVICES)
    profiles = {found for line in asked for found in re.findall(r"--profile (\w+)", line)}
    assert profiles == {"observability"}


def shell(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_secrets_of_compose_are_made_once_by_one_command(tmp_path: Path) -> None:
    (command,) = [line for line in CODE if line.endswith("> .env)")]
    assert shell(command, tmp_path).returncode == 0
    made = tmp_path / ".env"
    assert made.stat().st_mode & 0o077 == 0
    said = variables(made)
    composition = read(said)
    gateway = composition["services"]["gateway"]["environment"]
    Wrapping(Gateway(seal_key=gateway["FOREWARN_GATEWAY__SEAL_KEY"]).seal_key)
    assert len(gateway["PGPASSWORD"]) == 64
    postgres = composition["services"]["postgres"]["environment"]
    assert postgres["POSTGRES_PASSWORD"] == gateway["PGPASSWORD"]
    before = made.read_bytes()
    assert shell(command, tmp_path).returncode != 0
    assert made.read_bytes() == before


def test_the_secret_of_the_server_is_made_once_by_one_command(tmp_path: Path) -> None:
    (command,) = [line for line in CODE if "> /etc/forewarn/gateway.env" in line]
    here = command.removeprefix("sudo ").replace("/etc/forewarn/", "")
    assert shell(here, tmp_path).returncode == 0
    made = tmp_path / "gateway.env"
    assert made.stat().st_mode & 0o077 == 0
    assert variables(made).keys() == {"FOREWARN_GATEWAY__SEAL_KEY"}
    Wrapping(Gateway(seal_key=variables(made)["FOREWARN_GATEWAY__SEAL_KEY"]).seal_key)
    assert shell(here, tmp_path).returncode != 0


def test_the_secrets_of_the_cluster_are_made_by_the_page_or_by_strimzi() -> None:
    made = set(re.findall(r"create secret generic (\S+) --from-literal=(\w+)=", "\n".join(CODE)))
    users = {(one["metadata"]["name"], "password") for one in of_kind("KafkaUser")}
    assert made == {one for workload in WORKLOADS for one in secrets(workload)} - users


def test_versions_and_numbers_of_the_page_are_those_of_the_files() -> None:
    assert set(re.findall(r"forewarn:(\d[\w.]+)", PAGE)) == {version()}
    assert f"forewarn-worker@{len(INSTANCES) + 1}.service" in PAGE
    (scaler,) = of_kind("HorizontalPodAutoscaler")
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 4)
    assert "from two to four" in PAGE


def test_the_overlay_of_the_page_changes_what_it_says(tmp_path: Path) -> None:
    if which("kubectl") is None:
        print("the overlay is not put together by Kustomize: there is no kubectl")
        pytest.skip("no kubectl (package kubectl)")
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (overlay,) = [text for text in blocks if "images:" in text]
    mine = tmp_path / "mine"
    mine.mkdir()
    # A copy, since Kustomize looks where a link leads.
    shutil.copytree(DEPLOY / "kubernetes", tmp_path / "forewarn" / "deploy" / "kubernetes")
    (mine / "kustomization.yaml").write_text(overlay)
    (mine / "settings.env").write_text("FOREWARN_BORDERS=KGZ-UZB\n")
    (mine / "notifier.toml").write_text("# mine\n")
    done = shell(f"kubectl kustomize {mine}", mine)
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    data = [one["data"] for one in made if one["kind"] == "ConfigMap"]
    assert {"notifier.toml": "# mine\n"} in data
    assert SETTINGS | {"FOREWARN_BORDERS": "KGZ-UZB"} in data
    images = {container_of(one)["image"] for one in made if one["kind"] == "Deployment"}
    assert images == {f"registry.example.org/forewarn:{version()}"}
