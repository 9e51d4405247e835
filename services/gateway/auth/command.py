"""What ``forewarn keys`` does: the secret on standard output, all else on a console."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import typer
from rich.table import Column, Table

from models.domain import durations
from services.faults import Fault
from services.gateway.auditing import COMMAND_LINE, Audit
from services.gateway.auth import store
from services.gateway.auth.keyring import FRESH_S
from services.gateway.auth.keys import Key, Made, told
from services.gateway.keeping import kept
from services.gateway.who import Scope
from services.moments import utc_now
from services.settings import Settings
from services.terminal import Terminal

LONGEST_NAME = 100
"""Of a key [characters]."""


class BadOption(Fault):
    """An option of ``forewarn keys`` is not what it can be."""


def create(
    settings: Settings, name: str, scopes: Sequence[str], expires: str | None, console: Terminal
) -> None:
    """Make a key and print it.

    Raises
    ------
    BadOption
        The name, a scope or the lifetime.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadOption(f"NAME: found {name[:120]!r}; expected 1 to {LONGEST_NAME} characters")
    wanted, now = frozenset(_scope(one) for one in scopes), utc_now()
    until = None if expires is None else _after(now, "--expires", expires)
    with kept(settings) as own:
        made = store.create(own, name.strip(), wanted, now, until)
        Audit(own).add(COMMAND_LINE, "keys create", made.key.key_id, "made")
    _say(console, made)


def rotate(settings: Settings, key_id: str, overlap: str, console: Terminal) -> None:
    """Make a key in place of another one and print it.

    Raises
    ------
    BadOption, UnknownKey, KeyEnded
        The overlap is no span, there is no such key, or it counts no longer.
    """
    now = utc_now()
    span = _after(now, "--overlap", overlap) - now
    with kept(settings) as own:
        made, old = store.rotate(own, key_id, now, span)
        outcome = f"replaced by {made.key.key_id}"
        Audit(own).add(COMMAND_LINE, "keys rotate", old.key_id, outcome)
    _say(console, made)
    if old.expires_at is not None:
        console.say(f"{old.key_id} counts until {told(old.expires_at)}")


def revoke(settings: Settings, key_id: str, console: Terminal) -> None:
    """End a key.

    Raises
    ------
    UnknownKey
        There is none of that id.
    """
    with kept(settings) as own:
        ended = store.revoke(own, key_id, utc_now())
        Audit(own).add(COMMAND_LINE, "keys revoke", ended.key_id, "revoked")
    console.say(f"{ended.key_id} ({ended.name}) is refused within {FRESH_S:g} seconds")


def show(settings: Settings, console: Terminal) -> None:
    """Show every key, the oldest first."""
    now = utc_now()
    # An id that is cut short could not be copied.
    whole = Column("id", no_wrap=True, min_width=12)
    table = Table(whole, "name", "scopes", "created", "expires", "state")
    with kept(settings) as own:
        known = store.every(own)
    for key in known:
        table.add_row(*_row(key, now))
    if known:
        console.print(table)
    else:
        console.say("there is no key; make one with: forewarn keys create NAME --scope read")


def _row(key: Key, now: datetime) -> tuple[str, ...]:
    scopes = ", ".join(sorted(key.scopes))
    expires = f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "never"
    ended = key.refusal(now)
    state = "counts" if ended is None else ended.split()[0].replace("was", "revoked")
    # As it stands: a name may look like markup.
    name = key.name.replace("[", r"\[")
    return key.key_id, name, scopes, f"{key.created_at:%Y-%m-%d %H:%M}", expires, state


def _say(console: Terminal, made: Made) -> None:
    key = made.key
    until = f"until {told(key.expires_at)}" if key.expires_at else "until it is revoked"
    console.say(f"key {key.key_id} for {key.name}: {', '.join(sorted(key.scopes))}; {until}")
    console.say("it is shown this once; send it as: Authorization: Bearer ...")
    typer.echo(made.text)


def _scope(text: str) -> Scope:
    try:
        return Scope(text.strip().lower())
    except ValueError:
        msg = f"--scope: found {text[:80]!r}; expected one of {', '.join(Scope)}"
        raise BadOption(msg) from None


def _after(now: datetime, option: str, text: str) -> datetime:
    """Return the moment so long after ``now``."""
    span = durations.read(text)
    try:
        if span is not None and span >= timedelta():
            return now + span
    except OverflowError:
        pass
    raise BadOption(f"{option}: found {text[:80]!r}; expected a span such as 90d, 12h or 30 days")
