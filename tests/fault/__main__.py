"""Put the service to faults, again and again, and say what came of it.

Runs a cluster of Apache Kafka, a database and every process of the service, publishes reports
under load, breaks one thing after the other, and then compares all that is kept with all that was
acknowledged. Exit code 0 only if nothing is unseen, counted twice or different.
"""

import argparse
import json
import logging
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.running import run
from tests.fault.campaign import Fault, Outcome, campaign
from tests.fault.disk import NoDisk
from tests.fault.faults import FAULTS
from tests.fault.results import COLUMNS, record, summed
from tests.fault.system import Machines, machines

EXAMPLES = """\
examples:
  python -m tests.fault                              every fault a few times
  python -m tests.fault --times 50                   50 of each, 200 of kill
  python -m tests.fault --only zombie,cut --times 5  two faults
  python -m tests.fault --times 50 --keep            add the figures to those of docs/faults.md
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fault",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [fault.name for fault in FAULTS]
    parser.add_argument("--only", default=",".join(names), help=f"which: {', '.join(names)}")
    parser.add_argument("--times", type=int, default=3, help="how often each is struck")
    parser.add_argument("--seed", type=int, default=1, help="of what is left to chance")
    parser.add_argument("--rate", type=float, default=60, help="reports a second")
    parser.add_argument("--nodes", type=int, default=3, help="of the cluster")
    parser.add_argument(
        "--keep", action="store_true", help="add the figures to those of docs/faults.md"
    )
    options = parser.parse_args()
    wanted = [name.strip() for name in options.only.split(",")]
    if unknown := sorted(set(wanted) - set(names)):
        parser.error(f"--only: {unknown} are no faults; expected some of {', '.join(names)}")
    options.faults = [fault for fault in FAULTS if fault.name in wanted]
    return options


async def main(options: argparse.Namespace, console: Console, folder: Path) -> bool:
    """Run what is wanted; return whether nothing is wrong."""
    good = True
    outcomes: dict[str, Outcome] = {}
    for disks in (False, True):
        faults = [fault for fault in options.faults if fault.disks == disks]
        if not faults:
            continue
        try:
            async with machines(folder / f"machines{disks:d}", options.nodes, disks=disks) as found:
                for fault in faults:
                    outcome = await _put_to(found, fault, options, console, folder)
                    if outcome is not None:
                        outcomes[fault.name] = outcome
                        good &= _tell(console, fault, outcome)
        except NoDisk as error:
            names = ", ".join(fault.name for fault in faults)
            console.print(f"{names}: left out: no disk can be mounted here: {error}")
    console.print(_table(outcomes))
    # Where all was left out, nothing has been shown.
    return good and bool(outcomes)


async def _put_to(
    found: Machines, fault: Fault, options: argparse.Namespace, console: Console, folder: Path
) -> Outcome | None:
    """Return what came of a fault; None where it cannot be done here, which is said."""
    if lacks := fault.needs():
        console.print(f"{fault.name}: left out: {lacks}")
        return None
    times = round(options.times * fault.often)
    with console.status(fault.name) as status:
        outcome = await campaign(
            found, fault, times, options.seed, folder / fault.name, options.rate,
            status.update if console.is_terminal else _line,
        )  # fmt: skip
    if options.keep:
        record(fault, outcome, options.seed, options.nodes)
    return outcome


def _line(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


def _tell(console: Console, fault: Fault, outcome: Outcome) -> bool:
    wrong = outcome.findings.all
    console.print(f"{fault.name}: {json.dumps(outcome.piece())}", soft_wrap=True, highlight=False)
    if outcome.answers:
        console.print(f"  publishers were also told: {outcome.answers}", soft_wrap=True)
    for line in wrong[:20]:
        console.print(f"  wrong: {line}", style="red", soft_wrap=True, markup=False)
    return not wrong


def _table(outcomes: dict[str, Outcome]) -> Table:
    table = Table()
    for column in ("fault", *COLUMNS):
        table.add_column(column, justify="left" if column == "fault" else "right")
    for name, outcome in outcomes.items():
        row = summed([outcome.piece()])
        table.add_row(name, *(str(row[field]) for field in COLUMNS.values()))
    return table


if __name__ == "__main__":
    options = _options()
    # What a client says of nodes that are away is what is wanted of them here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # Whatever the console prints, and the logs of all processes, are there to be read afterwards.
    folder = Path(tempfile.mkdtemp(prefix="forewarn-faults-"))
    try:
        # A file has no width of its own, and the table is wide.
        width = None if sys.stdout.isatty() else 160
        fine = run(main(options, Console(width=width), folder))
    except KeyboardInterrupt:
        sys.exit(130)
    except BaseException:
        print(f"the logs are in {folder}", file=sys.stderr)
        raise
    if fine:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"the logs are in {folder}", file=sys.stderr)
    sys.exit(not fine)
