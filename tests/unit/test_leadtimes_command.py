"""What warning was given on the Kyrgyz-Tajik case, and how the command tells it."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from typer.testing import CliRunner

from models.domain.leadtimes import RISEN, By, Lead
from models.domain.measured import Limits, Measured, Warned, summary
from schemas.assessment import Level
from services.cli import app
from services.ladder_settings import Ladder
from services.leadtimes import cli, screen
from services.leadtimes.command import CASE_BORDER, NothingCounts, measured_of
from services.replay.events import case
from services.settings import Settings
from services.terminal import Terminal
from tests.builders import at, event, report, retraction

SILENT = Terminal(quiet=True)
SETTINGS = Settings(borders=(CASE_BORDER,))


def measured(settings: Settings = SETTINGS, file: Path | None = None) -> Measured:
    return asyncio.run(measured_of(settings, file or case(), Limits(), SILENT))[0]


@pytest.fixture(scope="module")
def found() -> Measured:
    return measured()


def on(found: Measured, day: str, place: str) -> Warned:
    (one,) = [w for w in found.warned if (f"{w.day.day}", w.day.place) == (day, place)]
    return one


def hours(leads: tuple[Lead, ...], by: By = By.LADDER) -> list[float | None]:
    """Return the leads of watch, warning and critical [h]."""
    return [lead.hours for lead in leads if lead.by is by]


def test_april_2021_was_a_watch_before_the_shots_and_critical_before_a_death_was_known(
    found: Measured,
) -> None:
    one = on(found, "2021-04-29", "KGZ-TJK-050-02")
    assert one.day.begins == datetime(2021, 4, 29, 8, tzinfo=UTC)
    assert one.day.deaths_known == datetime(2021, 4, 29, 18, tzinfo=UTC)
    # Stones the day before: a watch. The shots were reported an hour after they fell, and were
    # critical at once as a climb: three hours before heavy weapons, nine before deaths, were known.
    assert hours(one.here) == [19.0, -1.0, -1.0]
    watch, _, critical = [lead for lead in one.here if lead.by is By.LADDER]
    assert critical.at == datetime(2021, 4, 29, 9, tzinfo=UTC)
    assert critical.hours_to_deaths == 9.0
    assert watch.words == "stone-throwing at Golovnoy water intake, Kok-Tash"
    assert watch.unbroken_hours == 19.0
    assert "shots fired at people" in critical.words
    assert "23 hours after works or a blockade" in critical.words


def test_september_2022_was_a_warning_on_the_border_two_days_before_and_critical_only_after(
    found: Measured,
) -> None:
    # Known to the day only: the leads are the least that they can have been.
    border = on(found, "2022-09-16", "KGZ-TJK")
    assert not border.day.to_the_hour
    assert hours(border.here) == [34.0, 34.0, -6.0]
    critical = [lead for lead in border.here if (lead.by, lead.level) == (By.LADDER, RISEN[2])]
    assert critical[0].hours_to_deaths == 60.0
    for segment in ("KGZ-TJK-050-04", "KGZ-TJK-050-17"):
        one = on(found, "2022-09-16", segment)
        # The shots of the 14th are placed no better than on the border: no segment was warned.
        assert hours(one.here) == [-6.5, -6.5, -6.5]
        assert hours(one.border) == [34.0, 34.0, -6.0]


def test_the_level_that_is_alerted_is_never_later_than_the_ladders_or_the_models(
    found: Measured,
) -> None:
    for one in found.warned:
        for leads in (one.here, one.border):
            for ladder, model, both in zip(*(hours(leads, by) for by in By), strict=True):
                known = [h for h in (ladder, model) if h is not None]
                assert both == max(known, default=None), one.day


def test_the_whole_case_is_measured(found: Measured) -> None:
    assert len(found.warned) == 19
    levels = [s for s in summary([w.here for w in found.warned]) if s.by is By.LADDER]
    assert [(s.before, s.standing, s.median_hours) for s in levels] == [
        (6, 4, 12.5),
        (4, 2, 20.0),
        (3, 1, 6.0),
    ]
    assert found.undated == ("KGTJ-015",)
    for quiet in (*found.quiet_segments, *found.quiet_borders):
        assert quiet.days > 3_000
        stood = [days for _, days in quiet.stood]
        assert stood == sorted(stood, reverse=True)
    # Stones and warning shots over a road, on the last day of August 2019: of the days on which
    # that was a warning, two lie more than a fortnight before the next violence.
    ladder = found.quiet_borders[0]
    assert dict(ladder.stood) == {Level.WATCH: 2, Level.WARNING: 2, Level.CRITICAL: 0}


def test_other_rules_give_other_leads() -> None:
    ladder = Ladder.model_validate(
        {"stones": {"level": "warning"}, "warning_shots": {"level": "warning"}}
    )
    stones = on(
        measured(Settings(borders=(CASE_BORDER,), ladder=ladder)), "2021-04-29", "KGZ-TJK-050-02"
    )
    assert hours(stones.here) == [19.0, 19.0, -1.0]


def written(folder: Path, *lines: str) -> Path:
    file = folder / "events.ndjson"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_an_exercise_a_withdrawn_report_and_a_resent_one_do_not_count(tmp_path: Path) -> None:
    drill = report(incident_id="X-1", traffic="exercise", start=at(hours=-9), deaths=3)
    real, wrong = report(), report(incident_id="W-1", start=at(days=3))
    told = [
        event(drill, at(hours=-5)),
        event(real, at(hours=1)),
        event(real, at(hours=2)),
        event(wrong, at(days=3)),
        event(retraction(incident_id="W-1"), at(days=4)),
    ]
    file = written(tmp_path, *(one.model_dump_json() for one in told))
    (one,) = measured(SETTINGS, file).warned
    assert one.day.incidents == ("I-1",)
    assert hours(one.here) == [-1.0, -1.0, None]


def test_a_file_of_which_nothing_counts_is_refused_with_what_to_do(tmp_path: Path) -> None:
    far = report(
        where=(0.0, 0.0),
        place={"name": "x", "latitude": 0, "longitude": 0, "precision": "exact", "countries": ()},
    )
    file = written(tmp_path, event(far).model_dump_json())
    with pytest.raises(NothingCounts, match="expected reports on the borders of FOREWARN_BORDERS"):
        measured(SETTINGS, file)


def test_the_command_shows_the_case_and_writes_its_report(tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        app, ["leadtimes", "--report", str(tmp_path / "out")], env={"COLUMNS": "160"}
    )
    assert ran.exit_code == 0, ran.output
    for shown in ("2021-04-29 08:00", "2022-09-16 ~", "+19.0", ">+336.0*", "Quiet days"):
        assert shown in ran.output
    content = orjson.loads((tmp_path / "out" / "leadtimes.json").read_bytes())
    assert len(content["violent_days"]) == 19
    (april,) = [d for d in content["violent_days"] if d["day"]["day"] == "2021-04-29"]
    watch = april["here"][0]
    assert (watch["by"], watch["level"], watch["at"]) == ("ladder", "watch", "2021-04-28T13:00:00Z")
    assert content["quiet_border_days"][0]["share"]["critical"] == 0.0
    page = (tmp_path / "out" / "leadtimes.html").read_text()
    assert "<title>Lead times before violence</title>" in page
    assert "2021-04-29 08:00" in page
    figures = [ElementTree.fromstring(f) for f in re.findall(r"<figure>.*?</figure>", page)]
    assert len(figures) == 19
    told = [title.text for f in figures for title in f.iter("title")]
    assert "watch from -19.0 h to +1.0 h" in told
    assert told.count("violence begins") == 19


def test_the_command_looks_back_and_apart_as_far_as_it_is_told() -> None:
    ran = CliRunner().invoke(
        app, ["leadtimes", "--within", "0.5", "--quiet", "3"], env={"COLUMNS": "160"}
    )
    assert ran.exit_code == 0, ran.output
    assert ">+12.0" in ran.output
    assert "+19.0" not in ran.output
    assert "within 3 days" in ran.output


def test_a_place_that_looks_like_markup_is_shown_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.console, "width", 160)
    place = {
        "name": "Kok[bold]Tash[/] :bomb: <b>",
        "latitude": 39.959,
        "longitude": 70.5203,
        "precision": "exact",
        "countries": ("KGZ", "TJK"),
    }
    file = written(tmp_path, event(report(place=place)).model_dump_json())
    arguments = ["leadtimes", "--data", str(file), "--report", str(tmp_path)]
    ran = CliRunner().invoke(app, arguments, env={"FOREWARN_BORDERS": "KGZ-TJK"})
    assert "Kok[bold]Tash[/] :bomb:" in ran.output
    assert "watch, h" in ran.output
    page = (tmp_path / "leadtimes.html").read_text()
    assert page.count("Kok[bold]Tash[/] :bomb: &lt;b&gt;") >= 2
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("lead", "text"),
    [
        (Lead(By.LADDER, Level.WATCH), "never"),
        (Lead(By.LADDER, Level.WATCH, at(), -1.5), "-1.5"),
        (Lead(By.LADDER, Level.WATCH, at(), 5.0, unbroken_hours=5.0), "+5.0"),
        (Lead(By.LADDER, Level.WATCH, at(), 9.0), "+9.0*"),
        (Lead(By.LADDER, Level.WATCH, at(), 9.0, unbroken_hours=2.0), "+9.0 (2.0)"),
        (Lead(By.LADDER, Level.WATCH, at(), 9.0, stood_before=True, unbroken_hours=99.0), ">+9.0"),
    ],
)
def test_a_lead_is_shown_with_what_became_of_it(lead: Lead, text: str) -> None:
    assert screen.shown(lead) == text
