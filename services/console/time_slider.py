"""A slider over the time that a ledger holds, below a plot of the alerts that stood then."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from nicegui import ui
from nicegui.awaitable_response import AwaitableResponse

from schemas.assessment import Level
from services.console.timeline import floor, step
from services.console.words import Words
from services.ledger.timeline import Timeline


class TimeSlider(ui.element, component="time_slider.js"):
    """The slider; its plot is for the eye alone: a table says the same.

    Parameters
    ----------
    columns
        Of equal parts of the time, the most alerts that stood and their worst level.
    want
        Is told of each moment that it is moved to.
    play
        Is called when its key for playing is pressed.
    """

    def __init__(
        self,
        words: Words,
        line: Timeline,
        columns: Sequence[tuple[int, Level | None]],
        want: Callable[[datetime], None],
        play: Callable[[], None],
    ) -> None:
        super().__init__()
        by = step(line.first, line.last)
        self.props["first"] = _seconds(floor(line.first, by))
        self.props["last"] = _seconds(floor(line.last, by) + by)
        self.props["step"] = int(by.total_seconds())
        self.props["label"] = words("time.slider")
        self.props["most"] = words("time.most", n=max(count for count, _ in columns))
        self.plot(columns)
        self.on("want", lambda event: want(datetime.fromtimestamp(event.args, UTC)), throttle=0.03)
        self.on("play", play)

    def plot(self, columns: Sequence[tuple[int, Level | None]]) -> None:
        """Draw another plot."""
        self.props["columns"] = [[n, worst.value if worst else None] for n, worst in columns]

    def shown(self, at: datetime, address: str) -> AwaitableResponse:
        """Stand at a moment, of which the page's address tells; answers once that is drawn."""
        return self.run_method("shown", _seconds(at), address)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
