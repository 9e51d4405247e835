"""What a person sees of a running replay: segments by risk, and each alert as it comes."""

from collections import Counter
from datetime import datetime

from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.alert import Alert
from schemas.assessment import Assessment, Level
from schemas.event import IncidentEvent
from schemas.observation import AssertObservation
from services.replay.driver import Outcome
from services.terminal import Terminal

# Shape beside colour: a level must be readable without colours.
MARK = {Level.NORMAL: "·", Level.WATCH: "▲", Level.WARNING: "◆", Level.CRITICAL: "■"}
STYLE = {
    Level.NORMAL: "dim",
    Level.WATCH: "cyan",
    Level.WARNING: "yellow",
    Level.CRITICAL: "bold red",
}
SHOWN_LINES = 3
"""So much of an explanation is shown on a terminal [lines]."""

TABLE_SHARE = 3
"""One part in so many of a terminal's height is the table's rows; the rest shows alerts."""


def level_text(level: Level) -> Text:
    """Return a level with its mark and colour."""
    return Text(f"{MARK[level]} {level.value}", style=STYLE[level])


def headline(alert: Alert) -> Text:
    """Return what an alert says, in a line."""
    text = Text(f"{alert.recorded_at:%Y-%m-%d %H:%M}Z {MARK[alert.level]} ", STYLE[alert.level])
    return text.append(f"{alert.transition.value:<12} {alert.headline}", "default")


class Screen:
    """Prints each alert for good; on a terminal, with the table of segments live below them."""

    def __init__(self, console: Terminal) -> None:
        self.alerts: list[Alert] = []
        self.located = [0, 0]  # on a segment, on the border as a whole
        self.transitions: Counter[str] = Counter()
        self._console = console
        self._latest: dict[str, Assessment] = {}
        self._now: datetime | None = None
        self._live = Live(
            get_renderable=self.live_table, console=console, refresh_per_second=8, transient=True
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
            if isinstance(seen, AssertObservation) and seen.own:
                self.located[seen.segment_id.count("-") == 1] += 1

    def assessed(self, assessment: Assessment) -> None:
        """Show a new assessment."""
        self._latest[assessment.segment_id] = assessment
        self._now = max(self._now or assessment.recorded_at, assessment.recorded_at)

    def alerted(self, alert: Alert) -> None:
        """Print a new alert: what, and why."""
        self.alerts.append(alert)
        self.transitions[alert.transition] += 1
        if not self._console.is_terminal:
            # A line each, to search in.
            self._console.say(headline(alert))
            self._console.say(Text(f"    {alert.explanation}", "dim"))
            return
        self._console.print(headline(alert))
        self._console.print(Padding(self._beginning(alert.explanation), (0, 0, 0, 4)))

    def _beginning(self, explanation: str) -> Text:
        """Return as much of an explanation as leaves room; the whole is on the topic."""
        lines = Text(explanation, "dim").wrap(self._console, self._console.width - 8)
        shown = Text("\n").join(lines[:SHOWN_LINES])
        return shown.append(" ...", "dim") if len(lines) > SHOWN_LINES else shown

    def live_table(self) -> Table:
        """Return the table as far as it leaves room for the latest alerts above it."""
        return self._table(max(3, self._console.height // TABLE_SHARE))

    def _table(self, rows: int | None = None) -> Table:
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
        if rows is not None and len(order) > rows:
            table.caption = f"and {len(order) - rows} segments at less risk"
        for a in order[:rows]:
            table.add_row(
                a.segment_id,
                level_text(a.level),
                f"{a.probabilities.escalation_14d:.1%}",
                f"{a.probabilities.fatal_14d:.1%}",
                a.ladder.words if a.ladder.step else "",
            )
        return table
