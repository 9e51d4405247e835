"""What ``forewarn leadtimes`` does: replays in process, measures, shows and writes."""

from pathlib import Path

from models.domain.measured import Limits, Measured, measure
from schemas.event import IncidentEvent
from services.composition import engine
from services.faults import Fault
from services.leadtimes import report, screen
from services.leadtimes.witness import Witness
from services.progress import progress
from services.replay.driver import Outcome, drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from services.terminal import Terminal

CASE_BORDER = "KGZ-TJK"


class NothingCounts(Fault):
    """No report of the file counts on a watched border."""


async def run(
    settings: Settings,
    data: Path | None,
    limits: Limits,
    folder: Path | None,
    console: Terminal,
    errors: Terminal,
) -> None:
    """Measure and show; write the report if a ``folder`` is given."""
    if data is None:
        # The case is of one border; the world's need not be loaded for it.
        data, settings = case(), settings.model_copy(update={"borders": (CASE_BORDER,)})
    measured, version = await measured_of(settings, data, limits, errors)
    screen.show(measured, limits, version, console)
    if folder is not None:
        for path in report.write(folder, measured, limits, version):
            errors.say(f"written    {path}")


async def measured_of(
    settings: Settings, data: Path, limits: Limits, errors: Terminal
) -> tuple[Measured, str]:
    """Return what was measured on ``data``, and the version of the model.

    Raises
    ------
    NothingCounts
        There is nothing to measure.
    """
    decisions, witness = engine(settings), Witness()
    log = MemoryLog(decisions, settings.kafka.partitions, witness.hear)
    entries = read(data)
    with progress(errors) as bar:
        task = bar.add_task("replaying", total=len(entries))

        async def advance(event: IncidentEvent, outcome: Outcome) -> None:
            witness.reported(event, outcome)
            bar.advance(task)

        await drive(events(data, entries), log, on_report=advance)
    if not witness.history:
        msg = (
            f"{data}: found no report that counts; expected reports on the borders of "
            "FOREWARN_BORDERS: forewarn replay --in-process says how each was set aside"
        )
        raise NothingCounts(msg)
    found = measure(witness.history.values(), witness.tracks(), witness.last, limits)
    return found, decisions.scorer.version
