"""A release of UCDP against the one before: what it confirms, corrects and withdraws."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from schemas.event import IncidentEvent
from schemas.incident import IncidentReport, IncidentRetraction
from services.cli import app
from services.composition import engine
from services.importers import command
from services.importers.releases import Tally
from services.replay.driver import drive
from services.replay.events import events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from services.terminal import Terminal

KNOWN = datetime(2022, 6, 1)  # noqa: DTZ001 - as the command line gives it
QUIET = Terminal(file=io.StringIO())
Incident = IncidentReport | IncidentRetraction


def row(native: object = 1, **cells: Any) -> dict[str, Any]:
    """Return a row of GED: a clash at Kok-Tash with 2 deaths, unless ``cells`` say otherwise."""
    return {
        "id": native,
        "type_of_violence": "1",
        "code_status": "Clear",
        "side_a": "Kyrgyzstan",
        "side_b": "Tajikistan",
        "where_coordinates": "Kok-Tash",
        "latitude": 39.959,
        "longitude": 70.5203,
        "country": "Kyrgyzstan",
        "date_start": "2014-05-01",
        "date_end": "2014-05-01",
        "best": 2,
        "low": 2,
        "high": 2,
    } | cells


# Two events that a release holds in any case, so that its coverage is 2014, in Kyrgyzstan.
FRAME = [
    row(100, date_start="2014-01-01", date_end="2014-01-01"),
    row(101, date_start="2014-12-31", date_end="2014-12-31"),
]


def table(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / f"{name}.parquet"
    cells = [{k: None if v is None else str(v) for k, v in r.items()} for r in FRAME + rows]
    pq.write_table(pa.Table.from_pylist(cells), path)
    return path


def written(file: Path) -> list[IncidentEvent]:
    return [IncidentEvent.model_validate_json(line) for line in file.read_bytes().splitlines()]


class Telling:
    """Imports a release against another and keeps what was written and said."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tally, self.screen = folder, Tally(), ""

    def file(self, old: list[dict[str, Any]], new: list[dict[str, Any]], revision: int = 2) -> Path:
        """Return the file of events that ``new`` tells against ``old``."""
        before, after = table(self.folder, "old", old), table(self.folder, "new", new)
        output, screen = self.folder / f"told-{revision}.ndjson", io.StringIO()
        release = command.release(after, before, revision, KNOWN, "UCDP GED 22.1")
        self.tally = command.to_ndjson(release, output, Terminal(file=screen, width=200))
        self.screen = screen.getvalue()
        return output

    def of(self, *told: Any) -> dict[str, Incident]:
        """Return the incidents told, by UCDP's id, without the frame."""
        found = [item.data for item in written(self.file(*told))]
        assert len({data.incident_id for data in found}) == len(found)
        ids = {data.incident_id.removeprefix("UCDP-GED-"): data for data in found}
        return {native: data for native, data in ids.items() if native not in ("100", "101")}


@pytest.fixture
def told(tmp_path: Path) -> Telling:
    return Telling(tmp_path)


def test_an_event_that_is_told_alike_is_confirmed(told: Telling) -> None:
    found = told.of([row()], [row()])["1"]
    assert (found.revision, found.status) == (2, "confirmed")
    assert found.status_reason == "unchanged in UCDP GED 22.1"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"best": 13, "high": 14}, "deaths: best 2 -> 13, high 2 -> 14"),
        ({"low": None}, "deaths: low 2 -> unknown"),
        ({"latitude": 39.9968}, "place moved 4.2 km"),
        ({"latitude": 39.9595}, "place moved 56 m"),
        ({"latitude": 39.959001}, "place moved less than 1 m"),
        ({"country": "Tajikistan"}, "place countries: KGZ -> TJK"),
        ({"where_coordinates": "Kok-Tash village"}, "place name: Kok-Tash -> Kok-Tash village"),
        ({"date_start": "2014-04-30"}, "time: 2014-05-01 -> 2014-04-30 to 2014-05-01"),
        ({"side_b": "bandits"}, "actors: Kyrgyzstan, Tajikistan -> Kyrgyzstan, bandits"),
        ({"code_status": "Unclear"}, "code status: clear -> unclear"),
        (
            {"best": 3, "date_end": "2014-05-02"},
            "deaths: best 2 -> 3, high 2 -> unknown; time: 2014-05-01 -> 2014-05-01 to 2014-05-02; "
            "summary: violence, at Kok-Tash. -> violence, at Kok-Tash. UCDP's bound left out, "
            "against its best 3: high 2.",
        ),
    ],
)
def test_a_changed_event_is_corrected_and_the_reason_says_what_it_was_and_is(
    told: Telling, cells: dict[str, Any], words: str
) -> None:
    found = told.of([row()], [row(**cells)])["1"]
    assert (found.revision, found.status) == (2, "corrected")
    assert found.status_reason == f"{words} (in UCDP GED 22.1)"


def test_an_event_that_is_no_longer_told_is_withdrawn(told: Telling) -> None:
    found = told.of([row(1), row(2)], [row(2)])["1"]
    assert isinstance(found, IncidentRetraction)
    assert (found.revision, found.status_reason) == (2, "withdrawn in UCDP GED 22.1")


def test_an_event_that_was_not_told_before_is_a_first_report(told: Telling) -> None:
    found = told.of([], [row(1), row(2, code_status="Unclear")])
    assert [(f.revision, f.status, f.status_reason) for f in found.values()] == [
        (2, "confirmed", None),
        (2, "reported", None),
    ]


def test_a_row_that_cannot_be_read_withdraws_nothing_and_is_named(told: Telling) -> None:
    assert told.of([row()], [row(best="many")]) == {}
    assert (told.tally.kept, told.tally.retracted, told.tally.rejected) == (1, 0, 1)
    assert b'"id":"1"' in (told.folder / "told-2.rejected.ndjson").read_bytes()


def test_a_row_that_can_be_read_at_last_is_a_first_report(told: Telling) -> None:
    found = told.of([row(best="many")], [row()])["1"]
    assert (found.revision, found.status, found.status_reason) == (2, "confirmed", None)


def test_while_an_id_cannot_be_read_nothing_is_withdrawn(told: Telling) -> None:
    assert told.of([row()], [row(native="1x")]) == {}
    assert (told.tally.unsure, told.tally.retracted) == (1, 0)
    assert "could be row 3, whose id cannot be read" in told.screen


@pytest.mark.parametrize(
    "cells",
    [
        {"date_start": "2013-12-31", "date_end": "2013-12-31"},
        {"date_start": "2013-12-31"},
        {"date_start": "2015-01-01", "date_end": "2015-01-01"},
        {"date_start": "2014-12-31", "date_end": "2015-01-01"},
        {"country": "Ukraine"},
    ],
)
def test_what_the_release_does_not_cover_stays_as_it_is(
    told: Telling, cells: dict[str, Any]
) -> None:
    assert told.of([row(**cells)], []) == {}
    assert (told.tally.outside, told.tally.retracted) == (1, 0)
    assert "outside coverage (2014-01-01 to 2014-12-31), left as is: 1" in told.screen


def test_a_release_imported_twice_gives_the_same_bytes(told: Telling) -> None:
    rows = [row(1), row(2), row(3)], [row(2, best=9, high=9), row(3), row(4)]
    assert told.file(*rows).read_bytes() == told.file(*rows).read_bytes()


def test_along_a_chain_of_releases_the_last_one_is_believed(told: Telling) -> None:
    first, second, third = [row(1), row(2)], [row(2, best=1, low=1)], [row(1), row(2)]
    chain = [told.of(first, second, 2), told.of(second, third, 3)]
    assert [step["1"].status for step in chain] == ["retracted", "confirmed"]
    assert [step["2"].status for step in chain] == ["corrected", "corrected"]
    assert [step[i].revision for step in chain for i in "12"] == [2, 2, 3, 3]


def test_everything_becomes_known_on_the_day_of_the_release(told: Telling) -> None:
    found = written(told.file([row(1), row(2)], [row(2), row(3)]))
    assert {e.time for e in found} == {datetime(2022, 6, 1, tzinfo=UTC)}
    assert [e.id for e in found[-2:]] == ["UCDP-GED-3:2", "UCDP-GED-1:2"]


def test_a_plain_import_may_name_the_day_as_well(tmp_path: Path) -> None:
    file, output = table(tmp_path, "ged", [row()]), tmp_path / "ged.ndjson"
    command.to_ndjson(command.release(file, released=KNOWN), output, QUIET)
    assert {(e.time, e.data.revision) for e in written(output)} == {
        (datetime(2022, 6, 1, tzinfo=UTC), 1)
    }


def test_a_release_does_not_tell_what_comes_after_it(told: Telling) -> None:
    later = row(date_start="2022-05-31", date_end="2022-06-02")
    assert told.of([], [later]) == {}
    assert told.tally.reasons == {"date_end": 1}
    assert b"--released" in (told.folder / "told-2.rejected.ndjson").read_bytes()


def test_a_difference_for_replay_must_say_when_it_became_known(tmp_path: Path) -> None:
    release = command.release(tmp_path / "new.csv", tmp_path / "old.csv")
    with pytest.raises(ValueError, match=r"--released: missing; .* e\.g\. --released 2022-06-01"):
        command.to_ndjson(release, tmp_path / "told.ndjson", QUIET)


def test_a_revision_needs_a_release_to_supersede(tmp_path: Path) -> None:
    assert command.release(tmp_path, tmp_path).revision == 2
    with pytest.raises(ValueError, match="--revision: found 3; expected --supersedes"):
        command.release(tmp_path, revision=3)
    with pytest.raises(ValueError, match="--revision: found 1; expected 2 or more"):
        command.release(tmp_path, tmp_path, revision=1)
    with pytest.raises(ValueError, match="--called: 301 characters"):
        command.release(tmp_path, called="x" * 301)


def test_the_command_line_tells_a_release_against_the_one_before(tmp_path: Path) -> None:
    old, new = table(tmp_path, "old", [row(1)]), table(tmp_path, "new", [row(1)])
    said = f"import ucdp {new} --supersedes {old} --revision 7 --released 2022-06-01 --called Next"
    output = tmp_path / "told.ndjson"
    CliRunner().invoke(app, [*said.split(), "--to", "ndjson", "--output", str(output)])
    found = written(output)[-1]
    assert (found.time, found.data.revision) == (datetime(2022, 6, 1, tzinfo=UTC), 7)
    assert found.data.status_reason == "unchanged in Next"


async def test_a_replay_takes_the_old_release_and_then_the_difference(told: Telling) -> None:
    clash = {"date_start": "2014-12-30", "date_end": "2014-12-30", "where_prec": 1}
    difference = told.file([row(1, **clash), row(2)], [row(2, best=1, low=1)]).read_bytes()
    plain = told.folder / "plain.ndjson"
    command.to_ndjson(command.release(told.folder / "old.parquet"), plain, QUIET)
    both = told.folder / "both.ndjson"
    both.write_bytes(difference + plain.read_bytes())
    log = MemoryLog(engine(Settings(borders=("KGZ-TJK",))), 4)
    summary = await drive(events(both, read(both)), log)
    assert (summary.reports, summary.unchanged, summary.rejected) == (8, 0, {})
