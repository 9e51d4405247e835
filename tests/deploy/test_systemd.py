"""The units: systemd reads them, they are hardened, and agree with what stands beside them."""

import re
import shutil
import subprocess
from pathlib import Path
from shutil import which

import pytest
import yaml

from services.local.environment import PORTS
from services.risk.ending import DATA_AT_FAULT, ORDERLY_S
from tests.deploy.processes import Started
from tests.deploy.units import FILES, FOLDER, HARDENED, INSTANCES, SERVICES, said, started, values

SYSTEM = Path("/usr/lib/systemd/system")
STARTED = started()

EXPOSURE = 20
"""What systemd may say of how exposed a service is, of 100."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system with systemd's own units, ours, and a program of the right name."""
    if which("systemd-analyze") is None or not SYSTEM.is_dir():
        print("the units are not read by systemd: it is not here (package systemd)")
        pytest.skip("no systemd-analyze (package systemd)")
    shutil.copytree(SYSTEM, tmp_path / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(FOLDER, tmp_path / "etc/systemd/system")
    program = tmp_path / "opt/forewarn/bin/forewarn"
    program.parent.mkdir(parents=True)
    shutil.copy("/bin/true", program)
    return tmp_path


def analyzed(root: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", "--no-pager", f"--root={root}", *command],
        capture_output=True,
        text=True,
        check=False,
    )


def units() -> list[str]:
    return ["forewarn.target", *(one.name.removeprefix("systemd ") for one in STARTED)]


def complaints(root: Path, unit: str) -> str:
    done = analyzed(root, "verify", "--man=no", "--recursive-errors=no", unit)
    ours = [line for line in done.stderr.splitlines() if "forewarn" in line]
    return "\n".join(ours) or ("" if done.returncode == 0 else done.stderr)


@pytest.mark.parametrize("unit", units())
def test_systemd_finds_nothing_wrong_with_a_unit(root: Path, unit: str) -> None:
    assert complaints(root, unit) == ""


def test_systemd_reads_what_all_services_share_with_each_of_them(root: Path) -> None:
    shared = root / "etc/systemd/system" / HARDENED.relative_to(FOLDER)
    shared.write_text(HARDENED.read_text() + "NoSuchSetting=yes\n")
    for unit in units()[1:]:
        assert "NoSuchSetting" in complaints(root, unit)


@pytest.mark.parametrize("unit", units()[1:])
def test_a_service_can_do_no_more_than_it_needs(root: Path, unit: str) -> None:
    done = analyzed(root, "security", "--offline=true", f"--threshold={EXPOSURE}", unit)
    assert done.returncode == 0, done.stdout[-2000:]


def test_it_would_be_noticed_if_a_service_could_do_more(root: Path) -> None:
    shared = root / "etc/systemd/system" / HARDENED.relative_to(FOLDER)
    shared.write_text(HARDENED.read_text().replace("CapabilityBoundingSet=\n", ""))
    done = analyzed(root, "security", "--offline=true", f"--threshold={EXPOSURE}", units()[1])
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("User", "forewarn"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("StateDirectory", "forewarn"),
    ],
)
def test_what_matters_most_is_said_once_for_all_services(key: str, value: str) -> None:
    assert values(HARDENED, key) == [value]
    assert all(values(service, key) == [] for service in SERVICES)


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_service_is_stopped_with_the_rest_and_starts_our_program(service: Path) -> None:
    assert ("PartOf", "forewarn.target") in said(service)
    (command,) = values(service, "ExecStart")
    assert command.startswith("/opt/forewarn/bin/forewarn ")


def test_the_target_wants_every_service_and_nothing_else() -> None:
    wanted = " ".join(values(FOLDER / "forewarn.target", "Wants")).split()
    assert sorted(wanted) == sorted(units()[1:])
    assert {re.sub(r"@\d", "@", unit) for unit in wanted} == {path.name for path in SERVICES}
    assert len(INSTANCES) == 2


def test_a_service_outlives_any_absence_of_kafka_and_is_not_started_at_once() -> None:
    assert values(HARDENED, "Restart") == ["on-failure"]
    assert values(HARDENED, "StartLimitIntervalSec") == ["0"]
    assert int(values(HARDENED, "RestartSec")[0].removesuffix("s")) >= 10


def test_a_worker_that_stopped_for_too_many_faulty_reports_is_left_to_somebody_to_look_at() -> None:
    kept = {path.name: values(path, "RestartPreventExitStatus") for path in SERVICES}
    assert {name: said for name, said in kept.items() if said} == {
        "forewarn-worker@.service": [str(DATA_AT_FAULT)]
    }
    assert values(HARDENED, "RestartPreventExitStatus") == []


def test_a_service_has_longer_to_end_than_a_worker_takes_at_most() -> None:
    assert int(values(HARDENED, "TimeoutStopSec")[0].removesuffix("s")) > ORDERLY_S


def test_each_process_has_a_port_of_its_own_and_prometheus_asks_there() -> None:
    targets = yaml.safe_load((FOLDER / "targets.yml").read_text())
    asked = {group["labels"]["process"]: sorted(group["targets"]) for group in targets}
    told: dict[str, list[str]] = {}
    for one in STARTED:
        port = f"127.0.0.1:{one.environ['FOREWARN_METRICS__PORT']}"
        told.setdefault(one.command[0], []).append(port)
    assert asked == {process: sorted(ports) for process, ports in told.items()}
    assert set(asked) == set(PORTS)
    every = [port for ports in told.values() for port in ports]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("one", STARTED, ids=str)
def test_no_secret_stands_in_a_unit_or_in_the_example(one: Started) -> None:
    assert not any(re.search(r"PASSWORD|SECRET|KEY|TOKEN", name) for name in one.environ)


def test_every_file_of_variables_is_known() -> None:
    named = {name for path in (*SERVICES, HARDENED) for name in values(path, "EnvironmentFile")}
    assert named == set(FILES)
