"""``forewarn rejected``: list, show and replay the dead letters."""

import sys
from typing import Annotated

import typer

from schemas.rejection import RejectReason
from services.moments import moment
from services.reach import Bootstrap, reaching
from services.rejected import choose
from services.running import run
from services.terminal import Terminal

app = typer.Typer(
    help="What was rejected, why, and putting it back once the cause is mended.\n\n"
    "Example: forewarn rejected list",
    no_args_is_help=True,
)

Reasons = Annotated[
    list[RejectReason] | None,
    typer.Option("--reason", help="Only these; may be given several times."),
]


@app.command("list")
def list_(
    reason: Reasons = None,
    since: Annotated[
        str | None, typer.Option(help="Recorded at or after this time (UTC unless it says so).")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was set aside: too-far and too-coarse.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """List what was rejected, with its reason and whether it has been replayed.

    Example: forewarn rejected list --reason invalid --since 2022-09-14
    """
    from services.rejected import command
    from services.rejected.replay import Choice

    choice = Choice(
        reasons=frozenset(reason or ()),
        since=moment("--since", since) if since else None,
        set_aside=everything,
    )
    kafka = reaching(bootstrap).kafka
    run(command.show_list(kafka, choice, as_json=as_json, out=Terminal()))


@app.command()
def show(
    place: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="As in the list.")],
    raw: Annotated[
        bool, typer.Option("--raw", help="Write only the exact original bytes.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show everything about one rejection: errors, headers, bytes, and what to do.

    Example: forewarn rejected show 0:17
    """
    from services.rejected import command

    where = choose.place(place)
    run(command.show_one(reaching(bootstrap).kafka, where, raw=raw, out=Terminal()))


@app.command()
def replay(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PARTITION:OFFSET]...", help="As in the list; none: every fault."),
    ] = None,
    reason: Reasons = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="OFFSET|TIME",
            help="The last offset of each partition of incidents.rejected, or the last record "
            "time, that is taken.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Put rejected reports back on incidents, because what they failed on has been mended.

    Example: forewarn rejected replay --reason unknown-version --dry-run

    Each record is put back at most once; what is then rejected again is a new rejection, which
    can be replayed in its turn. What was set aside is taken only when its reason or place is named.
    """
    from services.rejected import command
    from services.rejected.replay import Choice

    choice = Choice(
        places=frozenset(choose.place(p) for p in places or ()),
        reasons=frozenset(reason or ()),
        until=choose.bound("--until", until) if until else None,
    )
    ask = not yes and sys.stdin.isatty()
    confirm = None if dry_run else typer.confirm if ask else lambda _: True
    kafka = reaching(bootstrap).kafka
    raise typer.Exit(run(command.put_back(kafka, choice, confirm, Terminal())))
