"""The commands that say who may use the gateway: ``forewarn keys ...``."""

from typing import Annotated

import typer

from services.access_settings import SCOPES
from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(
    help="API keys of the gateway.\n\nExample: forewarn keys create map --scope read",
    no_args_is_help=True,
)

console = Terminal()
errors = Terminal(stderr=True)

Id = Annotated[str, typer.Argument(help="The id of a key, as forewarn keys list shows it.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who it is for; commands and the audit name it.")],
    scope: Annotated[
        list[str], typer.Option(help=f"What it may do: {', '.join(SCOPES)}; several are allowed.")
    ],
    expires: Annotated[
        str | None, typer.Option(help="How long it counts, e.g. 90d; default: until revoked.")
    ] = None,
) -> None:
    """Make a key, and print it: it is shown once, and kept as a hash.

    operate includes read; admin includes everything. Standard output holds the key alone.

    Example: forewarn keys create mission --scope publish --scope read --expires 90d > mission.key
    """
    from services.gateway.auth import command

    command.create(Settings(), name, scope, expires, errors)


@app.command("list")
def list_() -> None:
    """Show every key there ever was: what it may do, and until when.

    Example: forewarn keys list
    """
    from services.gateway.auth import command

    command.show(Settings(), console)


@app.command()
def rotate(
    key_id: Id,
    overlap: Annotated[str, typer.Option(help="How long the old one still counts.")] = "7d",
) -> None:
    """Make a key in place of another one, which counts a while longer, and print it.

    The new one has the same name, scopes and lifetime. Standard output holds the key alone.

    Example: forewarn keys rotate 3f9c02ab71de --overlap 7d > mission.key
    """
    from services.gateway.auth import command

    command.rotate(Settings(), key_id, overlap, errors)


@app.command()
def revoke(key_id: Id) -> None:
    """End a key: running gateways refuse it within two seconds.

    Example: forewarn keys revoke 3f9c02ab71de
    """
    from services.gateway.auth import command

    command.revoke(Settings(), key_id, errors)
