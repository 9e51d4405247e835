"""Two databases for the same tests: SQLite, and a PostgreSQL server started for the session."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from services.local.process import _die_with
from services.ports import free_port

_numbers = itertools.count()


def binary(name: str) -> Path | None:
    """Return a program of PostgreSQL; Debian keeps them out of the path, by version."""
    found = shutil.which(name) or next(
        iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    return Path(found).resolve() if found else None


def owner() -> dict[str, Any] | None:
    """Return whom to run the server as, since PostgreSQL refuses root; None: there is nobody."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        return None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def missing() -> str | None:
    """Say why PostgreSQL cannot run here, or None when it can."""
    if binary("initdb") is None or binary("postgres") is None:
        return "PostgreSQL is not installed here (package postgresql)"
    if owner() is None:
        return "PostgreSQL does not run as root, and there is no user 'postgres' to run it as"
    return None


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """A PostgreSQL server on a free port of 127.0.0.1, gone with its data after the session."""
    if lacks := missing():
        print(f"the ledger is not tested on PostgreSQL: {lacks}")
        pytest.skip(lacks)
    # Not under pytest's folder: only who runs the tests may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="forewarn-postgres-"))
    try:
        prepare(folder)
        yield from _running(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(folder: Path) -> None:
    """Make a server's data in ``folder``, which becomes that of whom it runs as."""
    who = owner() or {}
    if who:
        os.chown(folder, who["user"], who["group"])
    make = [str(binary("initdb")), "-D", str(folder / "data"), "-U", "forewarn", "-A", "trust"]
    subprocess.run(
        [*make, "--no-sync", "-E", "UTF8", "--locale=C"],
        cwd=folder, check=True, capture_output=True, **who,
    )  # fmt: skip


def command(folder: Path, port: int, **options: str) -> list[str]:
    """Return what runs the server of ``folder`` on a port, of 127.0.0.1 unless told otherwise."""
    usual = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
    }
    said = (usual | options).items()
    settings = [part for name, value in said for part in ("-c", f"{name}={value}")]
    return [str(binary("postgres")), "-D", str(folder / "data"), *settings]


def guarded(command: list[str]) -> list[str]:
    """Return a command run as the server's user, which ends should this process be killed."""
    who = owner()
    user = [f"--reuid={who['user']}", f"--regid={who['group']}", "--clear-groups"] if who else []
    return ["setpriv", *user, "--pdeathsig=INT", *command]


def at(port: int) -> URL:
    """Return the first database of a server."""
    return URL.create("postgresql+psycopg", "forewarn", "", "127.0.0.1", port, "postgres")


def _running(folder: Path) -> Iterator[URL]:
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command(folder, port, fsync="off"),
            cwd=folder,
            stdout=log,
            stderr=log,
            # A session that is killed leaves no server behind.
            preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,
            **(owner() or {}),
        )
    try:
        _wait(process, at(port), folder / "log")
        yield at(port)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", url: URL, log: Path) -> None:
    deadline = time.monotonic() + 30
    while not answers(url):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def answers(url: URL) -> bool:
    """Tell whether a server takes a client."""
    try:
        psycopg.connect(host=url.host, port=url.port, user=url.username, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def sqlite_url(tmp_path: Path) -> URL:
    """A database file that is not there yet."""
    return URL.create("sqlite", database=str(tmp_path / "folder" / "ledger.sqlite"))


@pytest.fixture
def postgres_url(server: URL) -> URL:
    """An empty database of the session's server."""
    return new_database(server, f"ledger{next(_numbers)}")


def new_database(server: URL, name: str) -> URL:
    """Make an empty database, and return where it is."""
    with psycopg.connect(
        host=server.host, port=server.port, user=server.username, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.set(database=name)


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest) -> URL:
    """An empty database: every test that asks for it runs on both kinds."""
    found: URL = request.getfixturevalue(f"{request.param}_url")
    return found
