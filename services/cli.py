"""The command line: one function a command, each a thin call."""

import logging
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.alerts.cli import app as alerts_app
from services.backtest import cli as backtest_cli
from services.borders_cli import app as segments_app
from services.commands import cli as commands
from services.doctor import cli as doctor_cli
from services.faults import Fault
from services.gateway.auth.cli import app as keys_app
from services.gateway.cli import app as gateway_app
from services.gateway.erasing_cli import app as erase_app
from services.gateway.erasing_cli import audit_app
from services.importers.cli import app as import_app
from services.leadtimes import cli as leadtimes_cli
from services.ledger.cli import app as ledger_app
from services.ledger.cli import history_app
from services.local.broker import BrokerKind
from services.model_cli import app as model_app
from services.notifier.cli import app as notifier_app
from services.options import readable, writable
from services.publish import cli as publish_cli
from services.reach import Bootstrap, reaching
from services.rejected.cli import app as rejected_app
from services.running import end_on_sigterm, run
from services.settings import Settings
from services.terminal import Terminal
from services.topics_cli import app as topics_app
from services.truth import cli as truth
from services.version import version

# Heavy imports (pandas, scikit-learn, Faust) happen in the commands that need them, so that
# --help answers at once.

app = typer.Typer(
    help="Forewarn: conflict early warning for land borders.\n\n"
    "Examples: forewarn demo; forewarn up; forewarn publish report.json",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
console = Terminal()
errors = Terminal(stderr=True)

Chosen = Annotated[
    BrokerKind | None,
    typer.Option("--broker", help="kafka or tansu; default: Kafka where Java and Maven are."),
]


def _version(asked: bool) -> None:
    if asked:
        console.say(f"forewarn {version()}")
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which build it is."),
    ] = False,
) -> None:
    """Take what stands before a command."""


@app.command()
def demo(
    exit_when_done: Annotated[bool, typer.Option("--exit", help="End after the replay.")] = False,
    pace: Annotated[float, typer.Option(min=0, help="Pause after each report [s].")] = 0.25,
    broker: Chosen = None,
) -> None:
    """Replay the Kyrgyz-Tajik case on a local broker and watch the alerts.

    Example: forewarn demo --exit --pace 0
    """
    from services.local import demo as local_demo

    options = local_demo.Options(exit_when_done, pace, broker)
    raise typer.Exit(run(local_demo.run(Settings(), options, console)))


@app.command()
def up(broker: Chosen = None) -> None:
    """Start a broker, a risk worker and a ledger here, for the whole world, until Ctrl-C.

    Example: FOREWARN_BORDERS=KGZ-TJK forewarn up
    """
    from services.local import up as local_up

    run(local_up.run(Settings(), broker, console))


@app.command()
def worker() -> None:
    """Run one risk worker against FOREWARN_KAFKA__BOOTSTRAP_SERVERS.

    Example: FOREWARN_KAFKA__BOOTSTRAP_SERVERS=localhost:9092 forewarn worker
    """
    from services.risk import worker as risk

    risk.run(reaching(None))


@app.command()
def replay(
    file: Annotated[Path, readable("NDJSON of incident events.")],
    in_process: Annotated[
        bool, typer.Option("--in-process", help="No broker: the same decisions, here.")
    ] = False,
    output: Annotated[
        Path | None, writable("Where --in-process writes the alerts (default: screen).")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Replay a file of incidents with the time between them, and get its alerts.

    Example: forewarn replay kgz-tjk.ndjson --in-process --output alerts.ndjson

    Through Kafka, the worker must leave the time to the replay: FOREWARN_WORKER__CLOCK=log.
    """
    from services.replay import command

    if in_process:
        run(command.in_process(Settings(), file, output, errors))
    else:
        run(command.through_kafka(reaching(bootstrap), file, errors))


# In the order in which --help shows them.
app.command()(doctor_cli.doctor)
app.command()(backtest_cli.train)
app.command()(backtest_cli.backtest)
app.command()(publish_cli.publish)
app.command()(leadtimes_cli.leadtimes)
app.command()(commands.link)
app.command()(commands.unlink)
app.command()(truth.verify)
app.command()(truth.rebuild)
app.add_typer(alerts_app, name="alerts")
app.add_typer(topics_app, name="topics")
app.add_typer(segments_app, name="segments")
app.add_typer(import_app, name="import")
app.add_typer(model_app, name="model")
app.add_typer(rejected_app, name="rejected")
app.add_typer(ledger_app, name="ledger")
app.add_typer(notifier_app, name="notifier")
app.add_typer(gateway_app, name="gateway")
app.add_typer(keys_app, name="keys")
app.add_typer(erase_app, name="erase")
app.add_typer(audit_app)
app.add_typer(history_app)


def main() -> None:
    """Run the command line; expected faults end in one line, not in a traceback."""
    from aiokafka.errors import KafkaError

    from models.escalation.errors import UnusableModel
    from services import refusals

    # What goes wrong with a broker is raised or tried again; its log lines would only repeat it.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    end_on_sigterm()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except (Fault, UnusableModel, ValueError) as error:
        _fail(str(error))
    except refusals.NOT_ALLOWED as error:
        _fail(refusals.not_allowed(error))
    except KafkaError as error:
        _fail(f"Kafka: {error or type(error).__name__}; is the broker still running?")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _fail(message: str) -> NoReturn:
    errors.print("error:", style="bold red", end=" ")
    # As it stands: a value from a file may look like markup or an emoji's name.
    errors.say(message)
    sys.exit(2)


if __name__ == "__main__":
    main()
