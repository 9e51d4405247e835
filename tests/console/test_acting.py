"""What a page is told to do has the checks and the audit of a request for the same."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from services.console.acting import Action, Hand, author
from services.console.looking import Looking
from services.console.room import Room
from services.console.words import Words
from services.gateway import problems
from services.gateway.auditing import Audit
from services.gateway.parts import Parts
from services.gateway.problems import Kind, Problem
from services.gateway.tables import GATEWAY
from services.gateway.who import LOCAL, Caller, Scope
from services.ledger import database
from services.settings import Gateway, Settings
from tests.gateway.memory import MemoryLog

RESOLVE = Action("resolveAlert", Scope.OPERATE)
OPERATOR = Caller("Aida", frozenset({Scope.OPERATE}))
READER = Caller("Bek", frozenset({Scope.READ}))


@pytest.fixture
def parts(ledger: Engine, tmp_path: Path) -> Iterator[Parts]:
    """A gateway's parts, which take two requests at once."""
    own = database.connect(database.place(None, tmp_path, GATEWAY), GATEWAY)
    settings = Settings(data_dir=tmp_path, gateway=Gateway(rate=0.001, burst=2))
    yield Parts(settings, MemoryLog(), ledger, own, {})
    own.dispose()


class Doing:
    """Someone at a page, and what was done for them."""

    def __init__(self, parts: Parts, caller: Caller | Problem) -> None:
        gateway = FastAPI()
        gateway.state.parts = parts
        self.caller, self.done = caller, list[str]()
        self._audit = Audit(parts.own)
        at = replace(Looking(Words("en"), None), again=self._again)
        self._hand = Hand(Room(gateway), at)

    async def act(self, error: Exception | None = None) -> Kind | None:
        """Return why it was not done; None where it was."""

        async def work(caller: Caller) -> None:
            if error is not None:
                raise error
            self.done.append(caller.name)

        try:
            await self._hand.do(RESOLVE, "A-1", work)
        except Problem as problem:
            return problem.kind
        return None

    def audited(self) -> list[tuple[str, str, str, str]]:
        """Return what stands in the audit."""
        rows = self._audit.page(0, 100)
        return [(row.caller, row.action, row.subject, row.outcome) for row in rows]

    async def _again(self) -> Caller:
        if isinstance(self.caller, Problem):
            raise self.caller
        return self.caller


async def test_what_is_done_stands_in_the_audit(parts: Parts) -> None:
    here = Doing(parts, OPERATOR)
    assert await here.act() is None
    assert here.done == ["Aida"]
    assert here.audited() == [("Aida", "resolveAlert", "A-1", "202")]


async def test_nothing_is_done_without_the_scope_and_that_stands_there_too(parts: Parts) -> None:
    here = Doing(parts, READER)
    assert await here.act() is problems.FORBIDDEN
    assert here.done == []
    assert here.audited() == [("Bek", "resolveAlert", "A-1", "403")]


async def test_one_whose_key_was_revoked_while_the_page_was_open_does_nothing(
    parts: Parts,
) -> None:
    here = Doing(parts, OPERATOR)
    here.caller = Problem(problems.UNAUTHENTICATED, "revoked")
    assert await here.act() is problems.UNAUTHENTICATED
    assert here.done == []
    assert here.audited() == []


async def test_nobody_acts_faster_than_they_may_ask(parts: Parts) -> None:
    here = Doing(parts, OPERATOR)
    found = [await here.act() for _ in range(3)]
    assert found == [None, None, problems.TOO_MANY]
    assert len(here.audited()) == len(here.done) == 2


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Problem(problems.LOG_AWAY, "gone"), problems.LOG_AWAY),
        (OperationalError("select", {}, Exception()), problems.READ_MODEL_AWAY),
    ],
)
async def test_what_could_not_be_done_is_told_and_audited_as_such(
    parts: Parts, error: Exception, kind: Kind
) -> None:
    here = Doing(parts, OPERATOR)
    assert await here.act(error) is kind
    assert here.audited() == [("Aida", "resolveAlert", "A-1", "503")]


async def test_what_fails_otherwise_is_audited_and_no_answer_of_its_own(parts: Parts) -> None:
    here = Doing(parts, OPERATOR)
    with pytest.raises(RuntimeError):
        await here.act(RuntimeError("bug"))
    assert here.audited() == [("Aida", "resolveAlert", "A-1", "500")]


def test_a_key_says_who_acts_and_without_one_the_browser_does() -> None:
    assert author(OPERATOR, {"operator": "somebody else"}) == "Aida"
    assert author(LOCAL, {"operator": "Gulnara"}) == "Gulnara"
    assert author(LOCAL, {}) is None
