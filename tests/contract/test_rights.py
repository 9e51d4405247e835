"""Who may do what on Kafka: no more than the table of topics, and the page says the same."""

import shlex
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from schemas.topics import ASSESSMENTS, INCIDENTS, REJECTED, TOPICS
from services.cli import app
from services.rights import GROUP, USERS, commands, rights
from services.rights_page import PAGE, page


def test_the_page_is_what_its_generator_writes() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run: make schemas"
    for user in USERS.values():
        assert f"`{user}`" in text


def test_whoever_the_table_of_topics_names_has_a_user_unless_it_is_of_no_cluster() -> None:
    named = {party for topic in TOPICS for party in (*topic.written_by, *topic.read_by)}
    assert named - USERS.keys() == {"demo", "replay"}
    assert USERS.keys() - named == {"administrators"}
    assert len(set(USERS.values())) == len(USERS)


@pytest.mark.parametrize("party", sorted(USERS.keys() - {"administrators"}))
def test_a_party_may_write_and_read_what_the_table_of_topics_says_and_little_more(
    party: str,
) -> None:
    may = {right.name: right.operations for right in rights(party)}
    # What commands of ours do beside.
    also_writes = {"operators": {INCIDENTS}}.get(party, set())
    also_reads = {"operators": set(TOPICS), "risk worker": {ASSESSMENTS}}.get(party, set())
    for topic in TOPICS:
        right = may.get(topic.name, ())
        assert ("Write" in right) == (party in topic.written_by or topic in also_writes)
        assert ("Read" in right) == (party in topic.read_by or topic in also_reads)
        assert "Create" not in right


def test_only_who_decides_writes_what_is_decided() -> None:
    for name in ("observations", "assessments", "alerts", "incidents.rejected"):
        writers = {
            party
            for party in USERS
            for right in rights(party)
            if "Write" in right.operations and right.name == name
        }
        assert writers == {"risk worker"}, name


def test_only_operators_and_the_ledger_read_what_was_rejected() -> None:
    readers = {
        party
        for party in USERS
        for right in rights(party)
        if "Read" in right.operations and right.name == REJECTED.name
    }
    assert readers == {"operators", "ledger"}


def test_no_right_reaches_beyond_what_is_ours() -> None:
    for party in USERS:
        for right in rights(party, "test.", "blue"):
            ours = right.name.startswith(("test.", "blue", USERS[party]))
            assert ours, (party, right)
            assert right.pattern == "literal" or right.name in {"blue-", USERS[party]}


def test_the_commands_give_each_right_once() -> None:
    for party, user in USERS.items():
        given = set()
        for words in commands(party):
            assert words[:3] == ["--add", "--allow-principal", f"User:{user}"]
            pairs = list(pairwise(words))
            pattern = "prefix" if ("--resource-pattern-type", "prefixed") in pairs else "literal"
            for kind, name in pairs:
                if kind in ("--topic", "--group"):
                    for option, operation in pairs:
                        if option == "--operation":
                            given.add((kind[2:], name, pattern, operation))
        assert given == {
            (right.kind, right.name, right.pattern, operation)
            for right in rights(party)
            for operation in right.operations
        }


def test_the_commands_are_printed_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREWARN_KAFKA__TOPIC_PREFIX", "a b;")
    said = CliRunner().invoke(app, ["topics", "acls", "notifier"]).output
    lines = [shlex.split(line) for line in said.splitlines()]
    assert [line[0] for line in lines] == ["kafka-acls.sh"] * len(lines)
    assert [line[1:] for line in lines] == list(commands("notifier", "a b;", GROUP))


def test_a_party_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    said = CliRunner().invoke(app, ["topics", "acls", "notifyer"])
    assert said.exit_code != 0
    assert "expected one of risk worker, ledger, notifier" in str(said.exception)
