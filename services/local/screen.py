"""What a person sees of a running replay: segments by risk, and each alert as it comes."""

from collections import Counter, deque
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.alert import Alert
from schemas.assessment import Assessment, Level
from schemas.event import IncidentEvent
from schemas.observation import AssertObservation
from services.replay.driver import Outcome

# Shape beside colour: a level must be readable without colours.
MARK = {Level.NORMAL: "·", Level.WATCH: "▲", Level.WARNING: "◆", Level.CRITICAL: "■"}
STYLE = {
    Level.NORMAL: "dim",
    Level.WATCH: "cyan",
    Level.WARNING: "yellow",
    Level.CRITICAL: "bold red",
}
SHOWN_ALERTS = 5


def level_text(level: Level) -> Text:
    """Return a level with its mark and colour."""
    return Text(f"{MARK[level]} {level.value}", style=STYLE[level])


def alert_lines(alert: Alert) -> Text:
    """Return an alert in two lines: what, and why."""
    when = f"{alert.recorded_at:%Y-%m-%d %H:%M}Z"
    text = Text(f"{when} {MARK[alert.level]} ", style=STYLE[alert.level])
    text.append(f"{alert.transition.value:<12} {alert.headline}\n")
    text.append(f"    {alert.explanation}", style="dim")
    return text


class Screen:
    """Shows the latest state; on a terminal as a live page, elsewhere one line per alert."""

    def __init__(self, console: Console) -> None:
        self.alerts: list[Alert] = []
        self.located = [0, 0]  # on a segment, on the border as a whole
        self.transitions: Counter[str] = Counter()
        self._console = console
        self._latest: dict[str, Assessment] = {}
        self._recent: deque[Alert] = deque(maxlen=SHOWN_ALERTS)
        self._now: datetime | None = None
        self._live = Live(
            get_renderable=self.page, console=console, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> "Screen":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live.is_started:
            self._live.stop()
            self._console.print(self._table())

    def reported(self, event: IncidentEvent, outcome: Outcome) -> None:
        """Count where a report was located."""
        self._now = event.time
        for seen in outcome.observations:
            if isinstance(seen, AssertObservation):
                self.located[seen.segment_id.count("-") == 1] += 1

    def assessed(self, assessment: Assessment) -> None:
        """Show a new assessment."""
        self._latest[assessment.segment_id] = assessment
        self._now = max(self._now or assessment.recorded_at, assessment.recorded_at)

    def alerted(self, alert: Alert) -> None:
        """Show a new alert: among the latest on the page, and for good above it."""
        self.alerts.append(alert)
        self.transitions[alert.transition] += 1
        self._recent.append(alert)
        if not self._live.is_started:
            self._console.print(alert_lines(alert), soft_wrap=True)

    def page(self) -> Group:
        """Return the whole page."""
        feed = Group(*(alert_lines(a) for a in self._recent))
        return Group(self._table(), Panel(feed, title="alerts, latest last", title_align="left"))

    def _table(self) -> Table:
        now = f"{self._now:%Y-%m-%d}" if self._now else "..."
        table = Table(title=f"Kyrgyz-Tajik border, {now}", title_justify="left", expand=True)
        table.add_column("segment", no_wrap=True)
        table.add_column("level", no_wrap=True)
        table.add_column("escalation 14 d", justify="right")
        table.add_column("any fatal 14 d", justify="right")
        table.add_column("ladder", ratio=1, no_wrap=True)
        order = sorted(
            self._latest.values(),
            key=lambda a: (-a.level.rank, -a.probabilities.escalation_14d, a.segment_id),
        )
        for a in order:
            table.add_row(
                a.segment_id,
                level_text(a.level),
                f"{a.probabilities.escalation_14d:.1%}",
                f"{a.probabilities.fatal_14d:.1%}",
                a.ladder.words if a.ladder.step else "",
            )
        return table
