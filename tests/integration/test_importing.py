"""``forewarn import`` as a program: pipes, dry runs, rejects, and Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from tests.unit.test_acled_importer import ROW, as_csv, as_ndjson
from tests.unit.test_gdelt_importer import line

PROGRAM = (sys.executable, "-m", "services.entry", "import")
ROOT = Path(__file__).parents[2]


def ran(
    folder: Path, *arguments: str, given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, input=given, capture_output=True, env=environment
    )


TABLE = [ROW, ROW | {"event_id_cnty": "KGZ999002", "latitude": "north"}]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_pipe_is_read_as_what_it_begins_as(tmp_path: Path, form: str) -> None:
    write = as_csv if form == "csv" else as_ndjson
    given = write(tmp_path / f"in.{form}", TABLE).read_bytes()
    arguments = ("acled", "-", "--to", "ndjson", "--output", "out.ndjson")
    result = ran(tmp_path, *arguments, given=given)
    assert result.returncode == 0, result.stderr
    (told,) = (tmp_path / "out.ndjson").read_bytes().splitlines()
    assert orjson.loads(told)["data"]["incident_id"] == "ACLED-KGZ999001"
    said = result.stdout.decode()
    assert "line" in said
    assert "place.latitude: found 'north', expected" in said
    (bad,) = map(orjson.loads, (tmp_path / "out.rejected.ndjson").read_bytes().splitlines())
    assert (bad["line"], bad["faults"][0]["field"]) == (3 if form == "csv" else 2, "place.latitude")


def test_gdelt_comes_through_a_pipe_without_a_header(tmp_path: Path) -> None:
    given = f"{line()}\n{line(GLOBALEVENTID='2', EventCode='010', EventRootCode='01')}\n".encode()
    result = ran(tmp_path, "gdelt", "-", "--dry-run", given=given)
    assert result.returncode == 0, result.stderr
    assert b"incidents  1" in result.stdout
    assert b"by CAMEO 010: 1" in result.stdout


def test_a_dry_run_writes_nothing_but_the_rejects_that_are_asked_for(tmp_path: Path) -> None:
    given = as_csv(tmp_path / "in.csv", TABLE).read_bytes()
    (tmp_path / "in.csv").unlink()
    assert ran(tmp_path, "acled", "-", "--dry-run", given=given).returncode == 0
    assert list(tmp_path.iterdir()) == []
    named = ran(tmp_path, "acled", "-", "--dry-run", "--rejected", "bad.ndjson", given=given)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.ndjson"]
    assert b"dry run: no incident was written; rejects in bad.ndjson" in named.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gdelt", "-", "--format", "parquet", "--dry-run"), "Parquet is not read from a pipe"),
        (("acled", "-", "--supersedes", "-", "--dry-run"), "given twice"),
        (("acled", "-", "--countries", "Kyrgyzstan", "--dry-run"), "alpha-3 codes"),
        (("acled", "-", "--dry-run"), "standard input: columns event_id_cnty,"),
        (("ucdp", "-", "--traffic", "heartbeat", "--dry-run"), "heartbeat"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = ran(tmp_path, *arguments, given=b"a,b\n1,2\n")
    assert result.returncode == 2, result.stdout
    assert said in result.stderr.decode()
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("dataset", ["ucdp", "acled", "gdelt"])
def test_help_has_examples(tmp_path: Path, dataset: str) -> None:
    said = ran(tmp_path, dataset, "--help").stdout.decode()
    assert f"forewarn import {dataset}" in said
    for option in ("--dry-run", "--rejected", "--format", "--traffic", "--countries"):
        assert option in said


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_no_half_file(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = ("gdelt", "-", "--to", "ndjson", "--output", "out.ndjson")
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{line()}\n".encode())
        process.stdin.flush()
        until = time.monotonic() + 30
        while not (tmp_path / "out.ndjson.part").exists():
            assert time.monotonic() < until, "the import did not begin"
            time.sleep(0.05)
        process.send_signal(sent)
        assert process.wait(30) == code
        assert b"Traceback" not in process.stderr.read()
    assert list(tmp_path.iterdir()) == []
