"""``forewarn topics``: list, create and follow the topics of the log."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.faults import Fault
from services.reach import Bootstrap, reaching
from services.running import run
from services.terminal import Terminal

app = typer.Typer(
    help="The topics of the log.\n\nExample: forewarn topics tail alerts", no_args_is_help=True
)
console = Terminal()
errors = Terminal(stderr=True)


class NoSuchTopic(Fault):
    """The table has no topic of that name."""


class NoSuchParty(Fault):
    """The table of rights has no party of that name."""


@app.command("list")
def topics_list() -> None:
    """Show the table of topics.

    Example: forewarn topics list
    """
    from schemas.topics import TOPICS

    table = Table("topic", "key", "value", "cleanup", "written by", "read by")
    for t in TOPICS:
        writers, readers = ", ".join(t.written_by), ", ".join(t.read_by)
        table.add_row(t.name, t.key, t.what, t.cleanup, writers, readers)
    console.print(table)


@app.command("create")
def topics_create(bootstrap: Bootstrap = None) -> None:
    """Create the topics that are missing, with their retention and partitions.

    Example: forewarn topics create --bootstrap localhost:9092
    """
    from services import topics

    made = run(topics.ensure(reaching(bootstrap).kafka))
    console.print(f"created: {', '.join(made.created) or 'none'}")
    console.print(f"present: {', '.join(made.present) or 'none'}")


@app.command("acls")
def topics_acls(
    party: Annotated[str | None, typer.Argument(help="For example: notifier; all.")] = None,
) -> None:
    """Print the commands that give each party its rights on a secured cluster.

    They are Apache Kafka's own, for the topic prefix and the workers' group of the settings; what
    reaches the cluster is put behind each. docs/security.md tells.

    Example: forewarn topics acls notifier
    """
    import shlex

    from services.rights import USERS, commands
    from services.settings import Settings

    if party is not None and party not in USERS:
        msg = f"party {party!r} is not in the table; expected one of {', '.join(USERS)}"
        raise NoSuchParty(msg)
    settings = Settings()
    for one in USERS if party is None else (party,):
        for words in commands(one, settings.kafka.topic_prefix, settings.worker.group):
            print(shlex.join(["kafka-acls.sh", *words]))


@app.command("dump")
def topics_dump(
    folder: Annotated[Path, typer.Argument(help="A new folder.")], bootstrap: Bootstrap = None
) -> None:
    """Write the whole log to files, and how far the workers have come; everything may run.

    Example: forewarn topics dump /backup/2026-05-01
    """
    from services.dump.dump import dump
    from services.progress import bars

    with bars(errors) as advance:
        made = run(dump(reaching(bootstrap), folder, advance))
    console.say(f"dumped {made.records:,} records to {folder}")


@app.command("load")
def topics_load(
    folder: Annotated[Path, typer.Argument(help="What topics dump has written.")],
    bootstrap: Bootstrap = None,
) -> None:
    """Write a dump to empty topics; a multiple of its partitions shares the keys out anew.

    The workers' group goes on where it was, once its tables are made: forewarn rebuild.

    Example: FOREWARN_KAFKA__TOPIC_PREFIX=second. forewarn topics load /backup/2026-05-01
    """
    from services.dump.load import load
    from services.progress import bars

    settings = reaching(bootstrap)
    with bars(errors) as advance:
        made = run(load(settings, folder, advance))
    console.say(f"loaded {made.records:,} records of {made.made_at:%Y-%m-%d %H:%M:%S UTC}")
    console.say("make the workers' tables: forewarn rebuild")


@app.command("tail")
def topics_tail(
    topic: Annotated[str, typer.Argument(help="For example: alerts.")],
    bootstrap: Bootstrap = None,
    from_now: Annotated[bool, typer.Option("--from-now", help="Leave out what is there.")] = False,
) -> None:
    """Print the values of a topic as they come and as they stand; Ctrl-C ends.

    Example: forewarn topics tail alerts | jq .data.headline
    """
    from schemas.topics import TOPICS
    from services.rejected.screen import printable
    from services.tail import tail

    chosen = [t for t in TOPICS if t.name == topic]
    if not chosen:
        names = ", ".join(t.name for t in TOPICS)
        msg = f"topic {topic!r} is not in the table; expected one of {names}"
        raise NoSuchTopic(msg)

    kafka = reaching(bootstrap).kafka

    async def follow() -> None:
        async with tail(kafka, chosen, from_beginning=not from_now) as feed:
            async for line in feed.lines():
                # Anyone may have written it: an escape sequence must not steer a terminal.
                seen = printable(line, keep="\n\t") if sys.stdout.isatty() else line
                print(seen, flush=True)

    run(follow())
