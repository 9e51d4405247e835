"""``forewarn backtest`` and ``forewarn train``: the command line of the model's making."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.settings import Settings
from services.terminal import Terminal

console = Terminal()
errors = Terminal(stderr=True)

Data = Annotated[
    list[Path],
    typer.Option(
        help="UCDP GED events, Parquet or CSV, full or reduced; may be given again.",
        exists=True,
        dir_okay=False,
    ),
]


def _last(text: str) -> datetime:
    """Return the day that ``--to`` names: of a year alone, its last.

    Raises
    ------
    BadParameter
        It is neither a year nor a day.
    """
    whole = f"{text}-12-31" if text.isdigit() else text
    try:
        return datetime.strptime(whole, "%Y-%m-%d")  # noqa: DTZ007
    except ValueError as error:
        msg = f"{text!r} is no day; expected YYYY-MM-DD or YYYY, e.g. 2017-12-31"
        raise typer.BadParameter(msg) from error


def backtest(
    data: Data,
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d", "%Y"], help="First forecast.")
    ],
    last: Annotated[
        datetime,
        typer.Option(
            "--to",
            parser=_last,
            metavar="DATE",
            help="Last day of a forecast; a year means its end.",
        ),
    ],
    report: Annotated[Path, typer.Option(help="Folder for metrics.json and report.html.")],
) -> None:
    """Forecast the past as it would have been forecast, beside simple models; say how good it was.

    Example: forewarn backtest --data ged.parquet --from 2013-01-01 --to 2017-12-31 --report out
    """
    from services.backtest import command

    if last < first:
        msg = f"{last:%Y-%m-%d} lies before --from {first:%Y-%m-%d}; expected a later day"
        raise typer.BadParameter(msg, param_hint="--to")
    command.run(data, first.date(), last.date(), report, Settings().segment_km, console)


def train(
    data: Data,
    output: Annotated[Path, typer.Option(help="Folder of the artefact; its name is the version.")],
) -> None:
    """Train the escalation model on the world's borders; Kyrgyz-Tajik is held out.

    Example: forewarn train --data ged.parquet --output models/artifacts/escalation-2
    """
    from services.backtest import training

    manifest = training.run(data, output, Settings().segment_km, errors)
    console.print_json(manifest.model_dump_json(include={"version", "metrics", "thresholds"}))
