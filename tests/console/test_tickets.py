"""Whoever signs in gets a session that nobody knew before."""

from services.console.tickets import LASTS_S, Tickets


def test_a_ticket_gives_a_new_session_what_is_to_be_kept_once() -> None:
    tickets = Tickets()
    ticket = tickets.issue("old", {"key_id": "k"})
    new = tickets.redeem(ticket, "old")
    assert new not in (None, "old")
    assert new is not None
    assert tickets.redeem(ticket, "old") is None
    assert tickets.collect("old") == {}
    assert tickets.collect(new) == {"key_id": "k"}
    assert tickets.collect(new) == {}


def test_a_ticket_of_another_session_gives_nothing() -> None:
    tickets = Tickets()
    ticket = tickets.issue("old", {"key_id": "k"})
    assert tickets.redeem(ticket, "another") is None
    assert tickets.redeem(ticket, "old") is None, "it was shown to somebody"


def test_neither_a_ticket_nor_what_waits_lasts() -> None:
    now = 0.0
    tickets = Tickets(lambda: now)
    late, early = tickets.issue("old", {}), tickets.issue("old", {"key_id": "k"})
    new = tickets.redeem(early, "old")
    now = LASTS_S
    assert tickets.redeem(late, "old") is None
    assert new is not None
    assert tickets.collect(new) == {}
