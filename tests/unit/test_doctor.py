"""How the doctor goes about it: each check within its time, one fault hides no other."""

import asyncio
import json
import re
import threading
import time
from io import StringIO
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError

from models.escalation.errors import UnusableModel
from services.doctor import folder, screen
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.command import doctor
from services.doctor.examine import Check, Examined
from services.doctor.finding import Finding, Status, failed, not_applicable, ok, together, warning
from services.doctor.looking import NotThere, locked_out, looking
from services.doctor.registry import CHECKS
from services.faults import Fault
from services.terminal import Terminal

QUIET = Terminal(file=StringIO())


async def fine(_case: Case) -> Finding:
    return ok("fine")


def raising(error: Exception) -> Check:
    async def check(_case: Case) -> Finding:
        raise error

    return Check("broken", check, "mend it")


async def found(*checks: Check, patience_s: float = 5.0) -> list[Finding]:
    return [one.finding for one in await doctor(Case({}, patience_s=patience_s), QUIET, checks)]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Fault("a setting: of\n two lines"), "a setting: of two lines"),
        (UnusableModel("no model"), "no model"),
        (TopicAuthorizationFailedError("alerts"), "Kafka: [Error 29]"),
        (KafkaError(), "Kafka: KafkaError"),
        (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied"),
        (OperationalError("SELECT 1", {}, Exception("no route\nto host")), "no route"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_a_check_raises_is_told_with_what_to_do(error: Exception, told: str) -> None:
    one, other = await found(raising(error), Check("fine", fine, ""))
    assert (one.status, one.advice) == (Status.FAILED, "mend it")
    assert one.found.startswith(told)
    assert other == ok("fine")


async def test_what_nobody_expected_is_told_without_its_words_which_may_be_secret() -> None:
    (one,) = await found(raising(RuntimeError("password: hunter2")))
    assert one.status is Status.FAILED
    assert "RuntimeError" in one.found
    assert "hunter2" not in f"{one.found} {one.advice}"


@pytest.mark.parametrize("blocks", [True, False], ids=["thread", "coroutine"])
async def test_a_check_that_hangs_is_given_up_and_holds_up_no_other(blocks: bool) -> None:
    async def hangs(_case: Case) -> Finding:
        await (aside(lambda: time.sleep(3)) if blocks else asyncio.sleep(3))
        return ok("at last")

    begun = time.monotonic()
    one, other = await found(Check("slow", hangs, "wait"), Check("fine", fine, ""), patience_s=0.2)
    assert time.monotonic() - begun < 2
    assert one == failed("no answer within 0.2 s", "to wait longer: --timeout 0.4; else wait")
    assert other == ok("fine")


async def test_what_a_library_cancels_by_itself_is_told_and_what_is_cancelled_ends() -> None:
    async def cancelled(_case: Case) -> Finding:
        raise asyncio.CancelledError

    async def waits(_case: Case) -> Finding:
        await asyncio.sleep(30)
        raise AssertionError

    one, other = await found(Check("odd", cancelled, "again"), Check("fine", fine, ""))
    assert (one.status, other) == (Status.FAILED, ok("fine"))
    task = asyncio.create_task(found(Check("slow", waits, "")))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_rests_on_a_check_that_failed_is_not_looked_at() -> None:
    async def must_not(_case: Case) -> Finding:
        raise AssertionError

    broken = raising(Fault("x"))
    _, other = await found(broken, Check("later", must_not, "", needs=("broken",)))
    assert other == not_applicable("cannot be told before this: broken")


async def test_the_end_of_the_program_waits_for_no_thread() -> None:
    assert await aside(lambda: threading.current_thread().daemon)


async def test_what_a_thread_raises_is_raised() -> None:
    def raises() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await aside(raises)


def test_every_check_comes_after_what_it_needs_and_says_what_to_do() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for number, check in enumerate(CHECKS):
        assert set(check.needs) <= set(names[:number]), check.name
        assert check.remedy, check.name
        for needed in check.needs:
            of_needed = next(c.needs for c in CHECKS if c.name == needed)
            assert set(of_needed) <= set(check.needs), check.name


def test_the_page_tells_of_every_check() -> None:
    page = (Path(__file__).parents[2] / "docs" / "runbooks.md").read_text()
    rows = re.findall(r"^\| (.+?) \|", page.split("| check | looks at |\n|---|---|\n")[1], re.M)
    assert [name for row in rows for name in row.split(", ")] == [check.name for check in CHECKS]


def test_several_faults_are_one_finding_the_worst_first() -> None:
    faults = [warning("slow", "wait"), failed("gone", "start"), warning("old", "wait")]
    assert together(faults, "fine") == Finding(
        Status.FAILED, "gone; slow; old", advice="start; wait"
    )
    assert together([], "fine") == ok("fine")


EXAMINED = [
    Examined("a", ok("fine")),
    Examined("bcd", warning("[bold]old\x1b[2J", "renew")),
    Examined("e", not_applicable("none")),
]


def test_a_line_tells_what_was_found_and_the_next_one_what_to_do() -> None:
    shown = Terminal(file=StringIO(), width=200)
    screen.show(EXAMINED, shown)
    assert isinstance(shown.file, StringIO)
    assert shown.file.getvalue().splitlines() == [
        "ok              a    fine",
        "warning         bcd  [bold]old\\x1b[2J",
        "                     do: renew",
        "not applicable  e    none",
        "1 ok, 1 not applicable, 1 warning",
    ]


@pytest.mark.parametrize("broken", [True, False])
def test_a_program_is_told_the_same_and_a_warning_breaks_nothing(broken: bool) -> None:
    examined = [*EXAMINED, Examined("f", failed("gone", "start"))] if broken else EXAMINED
    told = json.loads(screen.as_json(examined))
    assert told["ok"] is not broken
    assert screen.broken(examined) is broken
    assert told["checks"][0] == {"name": "a", "status": "ok", "found": "fine", "advice": None}
    assert told["checks"][1]["advice"] == "renew"


def made(path: Path) -> URL:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (7)"))
    engine.dispose()
    return url


def test_a_file_that_nobody_has_open_is_read_and_nothing_appears_beside_it(tmp_path: Path) -> None:
    url = made(tmp_path / "a b#c?.sqlite")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with looking(url) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM t")).scalar() == 7
        with pytest.raises(OperationalError, match="readonly"):
            connection.execute(text("DELETE FROM t"))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert len(before) == 1


def test_what_stands_only_in_the_write_ahead_log_is_read_too(tmp_path: Path) -> None:
    url = made(tmp_path / "ledger.sqlite")
    writer = create_engine(url)
    with writer.connect() as held:
        held.execute(text("INSERT INTO t VALUES (8)"))
        held.commit()
        with looking(url) as engine, engine.connect() as connection:
            assert connection.execute(text("SELECT max(n) FROM t")).scalar() == 8
    writer.dispose()


def test_a_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    with pytest.raises(NotThere), looking(URL.create("sqlite", database=str(path))):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_tried_without_a_trace_and_one_that_is_no_folder_is_refused(
    tmp_path: Path,
) -> None:
    at = folder.look(tmp_path / "to" / "be" / "made")
    assert (at.there, at.refused) == (False, None)
    assert folder.look(tmp_path).there
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    assert folder.look(tmp_path / "file").refused is not None
    assert folder.look(tmp_path / "file" / "in").refused is not None
    assert not locked_out(URL.create("postgresql"))
