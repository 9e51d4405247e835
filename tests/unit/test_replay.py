"""The case in process: what is raised, where, on which day, and what is not."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.alert import Alert
from schemas.base import LATEST
from schemas.topics import ALERTS
from services.composition import engine
from services.replay.driver import Summary, drive
from services.replay.events import BadLine, case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from tests.builders import NOON, event, report, retraction

SETTINGS = Settings(borders=("KGZ-TJK",))


async def replayed(file: Path) -> tuple[Summary, list[Alert]]:
    log = MemoryLog(engine(SETTINGS), 4)
    summary = await drive(events(file, read(file)), log)
    return summary, [ALERTS.value.validate_json(raw).data for raw in log.alerts]


@pytest.fixture(scope="module")
def alerts() -> list[Alert]:
    return asyncio.run(replayed(case()))[1]


def level_on(alerts: list[Alert], segment: str, before: datetime) -> str:
    """Return the level of a segment's alert just before a moment."""
    told = [a for a in alerts if a.segment_id == segment and a.recorded_at < before]
    return told[-1].level.value if told else "normal"


@pytest.mark.parametrize(
    ("segment", "moment"),
    [
        # An hour after the first shots at the water intake, a day after stones and cameras there.
        ("KGZ-TJK-050-02", datetime(2021, 4, 29, 9, tzinfo=UTC)),
        ("KGZ-TJK", datetime(2022, 9, 16, 6, tzinfo=UTC)),
        ("KGZ-TJK-050-17", datetime(2022, 9, 16, 6, 30, tzinfo=UTC)),
        ("KGZ-TJK-050-04", datetime(2022, 9, 16, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_escalations_are_critical_from_the_first_report_that_justifies_it(
    alerts: list[Alert], segment: str, moment: datetime
) -> None:
    assert level_on(alerts, segment, moment) != "critical"
    assert level_on(alerts, segment, moment + timedelta(seconds=1)) == "critical"


def test_the_day_before_april_2021_was_on_watch(alerts: list[Alert]) -> None:
    assert level_on(alerts, "KGZ-TJK-050-02", datetime(2021, 4, 29, tzinfo=UTC)) == "watch"


def test_talks_and_treaty_raise_nothing(alerts: list[Alert]) -> None:
    quiet = [
        (datetime(2020, 12, 1, tzinfo=UTC), datetime(2021, 4, 28, tzinfo=UTC)),
        (datetime(2022, 10, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    assert [a.headline for a in alerts for low, high in quiet if low < a.recorded_at < high] == []


def test_every_episode_ends_and_its_sequence_has_no_gap(alerts: list[Alert]) -> None:
    for alert_id in {a.alert_id for a in alerts}:
        episode = [a for a in alerts if a.alert_id == alert_id]
        assert [a.sequence for a in episode] == list(range(1, len(episode) + 1))
        assert (episode[0].transition, episode[-1].transition) == ("raised", "resolved")


def test_every_alert_explains_itself(alerts: list[Alert]) -> None:
    for a in alerts:
        assert a.contributions
        assert a.model_version
        assert "Ladder" in a.explanation
        assert "Model" in a.explanation
        if a.transition == "raised":
            assert a.incidents


def written(folder: Path, *lines: bytes) -> Path:
    path = folder / "events.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


async def test_a_file_is_replayed_in_the_order_of_its_times(tmp_path: Path) -> None:
    first = event(report(steps=(5,)), NOON)
    second = event(retraction(), NOON + timedelta(hours=1))
    file = written(
        tmp_path, second.model_dump_json().encode(), b"", first.model_dump_json().encode()
    )
    summary, alerts = await replayed(file)
    assert (summary.reports, summary.located) == (2, 1)
    assert [a.transition.value for a in alerts] == ["raised", "resolved"]
    assert alerts[1].reason == "incident-retracted"


async def test_events_out_of_order_are_refused_by_the_driver() -> None:
    log = MemoryLog(engine(SETTINGS), 4)
    late = event(report(), NOON - timedelta(hours=1))
    with pytest.raises(ValueError, match="sort the file by time"):
        await drive([event(report(), NOON), late], log)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadLine, match=r"line 2: .*Invalid JSON"):
        read(written(tmp_path, event(report()).model_dump_json().encode(), b"{"))


async def test_a_replay_ends_at_the_end_of_the_calendar() -> None:
    last = report(start=LATEST)
    log = MemoryLog(engine(SETTINGS), 4)
    assert (await drive([event(last, LATEST)], log)).located == 1
