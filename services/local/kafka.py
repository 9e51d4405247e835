"""Apache Kafka as a single KRaft node, with the libraries that Maven resolves."""

import shutil
import uuid
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from services.local.process import NotReady, Serving, answering, child, said_by
from services.ports import free_port

VERSION = "4.2.0"
JAVA = 17
POM = Path(__file__).parents[2] / "deploy" / "kafka" / "pom.xml"
LIBRARIES = Path(".forewarn", "kafka", VERSION)

_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",)

# One node that is broker and controller, for this machine only; a topic that nobody created is an
# error, and a consumer group waits for nobody.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
message.max.bytes=26214400
replica.fetch.max.bytes=26214400
"""


class NotResolved(Exception):
    """Maven could not bring Kafka's libraries."""


async def libraries(say: Callable[[str], None]) -> Path:
    """Return the folder of Kafka's libraries; Maven resolves them the first time.

    Raises
    ------
    NotResolved
        Maven failed, for example because its registry is out of reach.
    """
    if LIBRARIES.exists():
        return LIBRARIES
    say(f"fetching Apache Kafka {VERSION} with Maven (once, about 40 MB)")
    LIBRARIES.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all, also where another process fetches them at the same time.
    # What Maven still writes when it is told to end is left for the next to clear.
    with TemporaryDirectory(dir=LIBRARIES.parent, ignore_cleanup_errors=True) as folder:
        fetched = Path(folder) / "libraries"
        await _fetch(fetched.resolve())
        with suppress(OSError):
            fetched.rename(LIBRARIES)
    return LIBRARIES


async def _fetch(folder: Path) -> None:
    command = [
        str(shutil.which("mvn")),
        *("-q", "-B", "-f", str(POM), "dependency:copy-dependencies"),
        *("-DincludeScope=runtime", f"-DoutputDirectory={folder}"),
    ]
    code, said = await said_by(command)
    if code:
        first = said.strip().splitlines()[:1]
        msg = f"Maven could not fetch Apache Kafka {VERSION}: {' '.join(first)[:300]}"
        raise NotResolved(msg)


@asynccontextmanager
async def running(
    libraries: Path, data_dir: Path, say: Callable[[str], None]
) -> AsyncIterator[Serving]:
    """Run one node on free ports for as long as the context lasts, its data under ``data_dir``."""
    port, controller = free_port(), free_port()
    data, log = (data_dir / "kafka-data").resolve(), data_dir / "broker.log"
    properties = data_dir / "server.properties"
    properties.write_text(_PROPERTIES.format(port=port, controller=controller, data=data))
    log.unlink(missing_ok=True)
    if not (data / "meta.properties").exists():
        await prepare(libraries, properties, new_cluster())
    say(f"starting Apache Kafka {VERSION} at 127.0.0.1:{port}, log in {log}")
    async with child(command(libraries, properties), log) as process:
        at = f"127.0.0.1:{port}"
        await answering(process, at, log)
        yield Serving(at, process, log)


def command(libraries: Path, properties: Path, *options: str) -> list[str]:
    """Return what runs the node of a file of properties; ``options`` are Java's."""
    return [*_java(libraries, *options), "kafka.Kafka", str(properties)]


def new_cluster() -> str:
    """Return the id of a new cluster."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


async def prepare(libraries: Path, properties: Path, cluster: str, *options: str) -> None:
    """Give a new data folder its cluster id; ``options`` are the tool's.

    Raises
    ------
    NotReady
        It cannot be prepared: with what Kafka says.
    """
    tool = [*_java(libraries), "kafka.tools.StorageTool", "format"]
    # As one word: an id may begin with a dash, which would be taken for another option.
    given = [f"--cluster-id={cluster}", f"--config={properties}", *options]
    code, said = await said_by([*tool, *given])
    if code:
        msg = f"cannot prepare Kafka's data folder: {said[-1000:]}"
        raise NotReady(msg)


def _java(libraries: Path, *options: str) -> list[str]:
    memory = options or ("-Xmx512m",)
    return ["java", *memory, "-XX:TieredStopAtLevel=1", *_QUIET, "-cp", f"{libraries}/*"]
