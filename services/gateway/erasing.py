"""What ``forewarn erase`` and ``forewarn audit`` do."""

from rich.table import Table
from rich.text import Text

from services.gateway.auditing import COMMAND_LINE, Audit
from services.gateway.keeping import kept
from services.gateway.sealing import Sealing
from services.gateway.wrapping import Wrapping
from services.settings import Settings
from services.terminal import Terminal


def erase(settings: Settings, incident_id: str, console: Terminal) -> None:
    """Discard the key of an incident's sources, and say what that did.

    Raises
    ------
    NothingSealed
        No report of it was sealed.
    """
    with kept(settings) as own:
        erased = Sealing(own, Wrapping(settings.gateway.seal_key)).erase(incident_id)
        outcome = "erased" if erased else "erased before"
        Audit(own).add(COMMAND_LINE, "erase sources", incident_id, outcome)
    said = f"{incident_id}: who reported it is {outcome}"
    console.say(said)


def show(settings: Settings, after: int, limit: int, console: Terminal) -> None:
    """Show rows of the audit, the oldest first."""
    table = Table("number", "at", "caller", "action", "subject", "outcome", "request id")
    with kept(settings) as own:
        for e in Audit(own).page(after, limit):
            texts = (e.caller, e.action, e.subject, e.outcome, e.request_id)
            # As they stand: a name may look like markup.
            table.add_row(str(e.number), f"{e.at:%Y-%m-%d %H:%M:%S}", *map(Text, texts))
    console.print(table)
