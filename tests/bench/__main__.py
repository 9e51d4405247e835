"""The command of the benchmark: python -m tests.bench."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from services.faults import Fault
from services.progress import bars
from services.running import run
from services.settings import Settings
from services.terminal import Terminal
from tests.bench import machine, picture, report, results, runner
from tests.bench.declared import GROUPS, QUICK, Case, Group, Sizes
from tests.bench.job import Measured
from tests.bench.registry import CASES
from tests.bench.runner import Plan, Watch

HERE = Path(__file__).parent

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
console = Terminal()
errors = Terminal(stderr=True)


@app.command()
def main(
    only: Annotated[
        list[str] | None, typer.Option(help=f"A group ({', '.join(GROUPS)}) or a case; repeat.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="Default: 5.")] = None,
    incidents: Annotated[int | None, typer.Option(min=100, help="Default: 200,000.")] = None,
    whole: Annotated[
        int | None, typer.Option(min=100, help="Of them through the whole job; default: 20,000.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One small round, to see that everything runs.")
    ] = False,
    traffic: Annotated[
        Path | None, typer.Option(help="UCDP GED as Parquet or CSV; default: beside the project.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Folder of results.json and results.svg."),
    ] = None,
    peers: Annotated[
        Path | None, typer.Option(help="Python of the environment with Quix and confluent-kafka.")
    ] = None,
) -> None:
    """Measure Forewarn beside other stream libraries, on one Apache Kafka that is started here.

    Rounds are taken in turn, so that a machine that slows down slows all. A full run writes to
    tests/bench; one that leaves something out writes to the data folder, unless --output is given.

    Examples: make bench; make bench ARGS="--quick"; make bench ARGS="--only count --rounds 3";
    make bench ARGS="--only whole-one --whole 5000"
    """
    sizes = _sizes(QUICK if quick else Sizes(), rounds, incidents, whole)
    cases = _chosen(only or [])
    folder = Settings().data_dir / "bench"
    full = len(cases) == len(CASES) and sizes == Sizes()
    target = output or (HERE if full else folder)
    target.mkdir(parents=True, exist_ok=True)
    plan = Plan(cases, sizes, traffic, folder, peers if peers and peers.exists() else None)
    with bars(errors) as advance:
        ran = run(runner.run(plan, Watch(_say, advance, _told(sizes.rounds))))
    about = {
        "machine": machine.machine(),
        "versions": machine.versions(plan.peers),
        "traffic": ran.traffic,
    }
    found = results.results(cases, ran.rounds, plan.skipped, sizes, about)
    results.write(found, target / "results.json")
    picture.draw(found, target / "results.svg")
    report.show(found, console)
    console.print(f"written: {target / 'results.json'}, {target / 'results.svg'}")


def _sizes(base: Sizes, rounds: int | None, incidents: int | None, whole: int | None) -> Sizes:
    given = {"rounds": rounds, "incidents": incidents, "whole": whole}
    sizes = replace(base, **{name: n for name, n in given.items() if n is not None})
    # What goes further is the beginning of the same traffic.
    most = sizes.incidents
    return replace(
        sizes,
        **{name: min(most, getattr(sizes, name)) for name in ("whole", "replay", "truth")},
    )


def _chosen(only: list[str]) -> tuple[Case, ...]:
    groups: list[Group] = list(GROUPS)
    for name in only:
        if name not in groups and name not in {case.name for case in CASES}:
            cases = ", ".join(case.name for case in CASES)
            msg = f"expected one of {', '.join(groups)}, or of {cases}; found {name!r}"
            raise typer.BadParameter(msg, param_hint="--only")
    return tuple(c for c in CASES if not only or c.group in only or c.name in only)


def _say(line: str) -> None:
    errors.print(f"  {line}", style="dim", highlight=False, soft_wrap=True)


def _told(rounds: int) -> Callable[[int, Case, Measured], None]:
    def told(number: int, case: Case, measured: Measured) -> None:
        name = case.metrics[0]
        value = report.figure(measured.values.get(name))
        unit = report.unit(name)
        errors.print(f"  {number}/{rounds} {case.label}: {value} {unit}", highlight=False)

    return told


if __name__ == "__main__":
    try:
        app()
    except Fault as error:
        errors.print(f"error: {error}", style="red", markup=False, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
