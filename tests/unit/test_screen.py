"""The demonstration's page on a small terminal: the latest alert is always seen."""

import asyncio
import io
from datetime import UTC, datetime

import pytest

from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.topics import ALERTS, ASSESSMENTS
from services.composition import engine
from services.local.screen import Screen, headline
from services.records import Outgoing
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from services.terminal import Terminal


@pytest.fixture(scope="module")
def told() -> tuple[list[Alert], list[Assessment]]:
    """The alerts and assessments of the case."""
    assessments = []

    class Spying(MemoryLog):
        def _append(self, record: Outgoing) -> tuple[Outgoing, ...]:
            if record.topic is ASSESSMENTS:
                assessments.append(ASSESSMENTS.value.validate_json(record.value))
            return super()._append(record)

    log = Spying(engine(Settings(borders=("KGZ-TJK",))), 4)
    asyncio.run(drive(events(case(), read(case())), log))
    return [ALERTS.value.validate_json(raw).data for raw in log.alerts], assessments


def console(width: int, height: int, *, terminal: bool) -> Terminal:
    return Terminal(
        file=io.StringIO(), width=width, height=height, force_terminal=terminal, color_system=None
    )


def text(screen: Terminal) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 50)])
def test_table_and_latest_alert_fit_on_the_terminal_together(
    width: int, height: int, told: tuple[list[Alert], list[Assessment]]
) -> None:
    alerts, assessments = told
    page = Screen(console(width, height, terminal=True))
    segments = 20
    for n in range(segments):
        name = {"segment_id": f"KGZ-TJK-050-{n + 1:02d}"}
        page.assessed(assessments[-1].model_copy(update=name))
    paper = console(width, height, terminal=True)
    paper.print(page.live_table())
    table = len(text(paper).splitlines())
    assert ("at less risk" in text(paper)) is (segments > height // 3)
    for alert in alerts:
        out = console(width, height, terminal=True)
        Screen(out).alerted(alert)
        # One line less than there is, for the cursor.
        assert len(text(out).splitlines()) + table < height, text(out)


def test_each_alert_is_printed_once_for_good_and_the_whole_table_once_at_the_end(
    told: tuple[list[Alert], list[Assessment]],
) -> None:
    alerts, assessments = told
    out = console(160, 24, terminal=True)
    page = Screen(out)
    page._live.auto_refresh = False
    with page:
        for assessment in assessments[-50:]:
            page.assessed(assessment)
        page.alerted(alerts[-1])
    said = text(out)
    assert said.count(headline(alerts[-1]).plain[:60]) == 1
    last = said[said.rindex("Kyrgyz-Tajik border") :]
    assert all(a.segment_id in last for a in assessments[-50:])
    assert "at less risk" not in last
    assert said.rstrip().endswith(last.rstrip())


def test_elsewhere_an_alert_is_two_lines_to_search_in(
    told: tuple[list[Alert], list[Assessment]],
) -> None:
    out = console(40, 24, terminal=False)
    page = Screen(out)
    with page:
        page.alerted(told[0][0])
    first, second = text(out).splitlines()
    assert first.startswith(f"{datetime(2014, 1, 11, 18, tzinfo=UTC):%Y-%m-%d %H:%M}Z ■ raised")
    assert second.strip() == told[0][0].explanation
