"""A notifier as a process of its own, on files in place of topics: what the crash test kills."""

import sys
from pathlib import Path

from sqlalchemy import make_url

from services.ledger import database
from services.notifier import sending, service
from services.notifier.config import parse
from services.notifier.place import NOTIFIER
from services.notifier.service import notify
from services.notifier.setup import setup
from services.notifier.store import Store
from services.running import run
from tests.notifier.recording import PostingWays, Published, Tape


async def main(folder: Path, url: str) -> None:
    """Notify of the alerts in ``folder`` until killed."""
    sending.LOOK_S = service.LOOK_S = 0.05
    configured = setup(parse((folder / "notifier.toml").read_text()))
    engine = database.connect(make_url(url), NOTIFIER)
    source, publisher = Tape(folder / "tape"), Published(folder / "published")
    await notify(Store(engine, configured), source, publisher, PostingWays(), {}, print)


if __name__ == "__main__":
    run(main(Path(sys.argv[1]), sys.argv[2]))
