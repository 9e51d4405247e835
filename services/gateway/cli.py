"""The commands of the gateway: ``forewarn gateway ...``."""

from pathlib import Path
from typing import Annotated

import typer

from services.options import readable
from services.reach import Bootstrap, reaching
from services.running import run as runner
from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(
    help="The HTTP service: publish, ask, follow the alerts, look at the console.\n\n"
    "Example: forewarn gateway run",
    no_args_is_help=True,
)

errors = Terminal(stderr=True)


@app.command()
def run(bootstrap: Bootstrap = None) -> None:
    """Serve the HTTP interface; Ctrl-C ends once what is in hand has been answered.

    Example: FOREWARN_GATEWAY__PORT=8080 forewarn gateway run
    """
    from services import logs
    from services.gateway import serving

    logs.as_lines()
    runner(serving.serve(reaching(bootstrap, demonstration=False), errors))


@app.command()
def openapi() -> None:
    """Print the OpenAPI description of the HTTP interface, as JSON.

    Example: forewarn gateway openapi > openapi.json
    """
    import json

    from services.gateway.app import described

    typer.echo(json.dumps(described(), indent=2, ensure_ascii=False))


@app.command()
def reseal(
    file: Annotated[Path, readable("The new FOREWARN_GATEWAY__SEAL_KEY.")],
) -> None:
    """Wrap the keys of sealed names by another key; the gateways must be stopped.

    Afterwards the gateways start with the new one alone. What is sealed stays as it is.

    Example: forewarn gateway reseal new-seal.key
    """
    from services.gateway import resealing

    resealing.run(Settings(), file, errors)
