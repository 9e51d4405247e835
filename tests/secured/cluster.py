"""An Apache Kafka that asks everybody who they are, and refuses what no rule allows."""

import shlex
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from cryptography.hazmat.primitives import serialization as form
from pydantic import SecretStr

from services import clients
from services.local import kafka
from services.local.process import child, said_by, tail_of
from services.ports import free_port
from services.rights import USERS, Right
from services.settings import Kafka
from tests.integration.lab import until

ROOT = "broker"
"""The user that may do everything: it makes the rules, as the brokers of a cluster do."""

# The controller knows a broker by its certificate, everybody else is known by name and password.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:{controller}
listeners=SASL_SSL://localhost:{port},CONTROLLER://localhost:{controller}
advertised.listeners=SASL_SSL://localhost:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=SASL_SSL
listener.security.protocol.map=CONTROLLER:SSL,SASL_SSL:SASL_SSL
listener.name.controller.ssl.client.auth=required
listener.name.controller.ssl.principal.mapping.rules=RULE:^.*$/{root}/
ssl.keystore.type=PEM
ssl.keystore.location={keys}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{root}" password="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{root}
allow.everyone.if.no.acl.found=false
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

_KINDS = {"topic": 2, "group": 3}
_PATTERNS = {"literal": 3, "prefix": 4}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}
_ALLOW = 3
_ANY = 1
"""What stands in a filter for whatever there is."""
_ACLS = "org.apache.kafka.tools.AclCommand"


Rule = tuple[int, str, int, int]
"""Kind and name of what it is about, how names are met, and what may be done."""


@dataclass(frozen=True, slots=True)
class Secured:
    """The cluster: where it is, whom it trusts and is trusted by, and each user's password."""

    at: str
    authority: Path
    passwords: dict[str, str]
    folder: Path
    libraries: Path

    def settings(self, user: str, **changes: object) -> Kafka:
        """Return the settings with which ``user`` reaches it."""
        given: dict[str, object] = {
            "bootstrap_servers": self.at,
            "security_protocol": "SASL_SSL",
            "sasl_username": user,
            "sasl_password": SecretStr(self.passwords[user]),
            "ssl_cafile": self.authority,
        }
        return Kafka.model_validate(given | changes)


@asynccontextmanager
async def secured(libraries: Path, folder: Path) -> AsyncIterator[Secured]:
    """Run one node with a user for each party, none of which may do anything yet."""
    passwords = {user: f"{user}-{uuid.uuid4().hex}" for user in (ROOT, *USERS.values())}
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    _keys(authority, folder / "broker.pem")
    port, controller = free_port(), free_port()
    properties = folder / "server.properties"
    properties.write_text(
        _PROPERTIES.format(
            port=port,
            controller=controller,
            root=ROOT,
            password=passwords[ROOT],
            keys=folder / "broker.pem",
            authority=folder / "authority.pem",
            data=folder / "data",
        )
    )
    await _format(libraries, properties, passwords)
    log = folder / "broker.log"
    found = Secured(f"localhost:{port}", folder / "authority.pem", passwords, folder, libraries)
    async with child(kafka.command(libraries, properties), log) as process:

        async def answers() -> bool:
            assert process.returncode is None, tail_of(log)
            try:
                async with clients.admin(found.settings(ROOT)) as admin:
                    await admin.list_topics()
            except clients.Unreachable:
                return False
            return True

        await until(answers)
        yield found


def _keys(authority: trustme.CA, path: Path) -> None:
    """Write a certificate for this machine and its key, in the form that Java reads."""
    made = authority.issue_cert("localhost")
    key = form.load_pem_private_key(made.private_key_pem.bytes(), None)
    plain = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
    path.write_bytes(plain + chain)


async def _format(libraries: Path, properties: Path, passwords: dict[str, str]) -> None:
    users = (
        word
        for user, password in passwords.items()
        for word in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]")
    )
    await kafka.prepare(libraries, properties, kafka.new_cluster(), *users)


async def allow(cluster: Secured, user: str, rights: Sequence[Right]) -> None:
    """Let ``user`` do what ``rights`` say: one rule for each operation."""
    async with clients.admin(cluster.settings(ROOT)) as admin:
        for kind, name, pattern, operation in sorted(rules(rights)):
            given = (kind, name, pattern, f"User:{user}", "*", operation, _ALLOW)
            response = await admin._send_request(CreateAclsRequest(*given))
            assert not any(code for code, _ in response.creation_responses), response


def rules(rights: Sequence[Right]) -> set[Rule]:
    """Return the rules that give ``rights``."""
    return {
        (_KINDS[right.kind], right.name, _PATTERNS[right.pattern], _OPERATIONS[operation])
        for right in rights
        for operation in right.operations
    }


async def rules_of(cluster: Secured, user: str) -> set[Rule]:
    """Return the rules that there are for a user."""
    wanted = DescribeAclsRequest(_ANY, None, _ANY, f"User:{user}", None, _ANY, _ANY)
    async with clients.admin(cluster.settings(ROOT)) as admin:
        response = await admin._send_request(wanted)
    return {
        (kind, name, pattern, operation)
        for kind, name, pattern, acls in response.resources
        for _, _, operation, _ in acls
    }


async def forbid(cluster: Secured, user: str) -> None:
    """Take every right from a user."""
    all_of_it = DeleteAclsRequest(_ANY, None, _ANY, f"User:{user}", None, _ANY, _ANY)
    async with clients.admin(cluster.settings(ROOT)) as admin:
        await admin._send_request(all_of_it)


async def run_lines(cluster: Secured, tools: Path, lines: Sequence[str]) -> None:
    """Run command lines of ``kafka-acls.sh``, as who may do everything."""
    properties = cluster.folder / "admin.properties"
    properties.write_text(
        f"""\
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{ROOT}" password="{cluster.passwords[ROOT]}";
ssl.truststore.type=PEM
ssl.truststore.location={cluster.authority}
"""
    )
    at = [f"--bootstrap-server={cluster.at}", f"--command-config={properties}"]
    path = f"{tools}/*:{cluster.libraries}/*"
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "kafka-acls.sh"
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", path, _ACLS, *at, *words]
        code, said = await said_by(command)
        assert code == 0, said[-2000:]


async def tools() -> Path | None:
    """Return the folder of Kafka's command line tools; None where Maven cannot bring them."""
    folder = kafka.LIBRARIES.parent.resolve() / f"tools-{kafka.VERSION}"
    artefact = f"org.apache.kafka:kafka-tools:{kafka.VERSION}"
    command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artefact}"]
    if not folder.exists():
        code, said = await said_by([*command, f"-DoutputDirectory={folder}"])
        if code:
            print(said)
            return None
    return folder


async def libraries() -> Path:
    """Return Kafka's own libraries."""
    return (await kafka.libraries(print)).resolve()
