"""Whether the broker answers, and who could listen to what is said to it."""

import asyncio
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

from services import clients
from services.addresses import addresses
from services.doctor.case import Case
from services.doctor.finding import Finding, Status, failed, together, warning
from services.settings import Kafka

_SECURE = "set FOREWARN_KAFKA__SECURITY_PROTOCOL to SASL_SSL, unless all of that network is trusted"


async def check(case: Case) -> Finding:
    """Ask every broker that is named for a connection, and the cluster for its brokers."""
    kafka = case.reached.kafka
    faults = list(secured(kafka, _unreadable(kafka.ssl_cafile)))
    if any(one.status is Status.FAILED for one in faults):
        return together(faults, "")
    at = addresses(str(kafka.bootstrap_servers))
    refusals = await asyncio.gather(*(clients.accepts(*one) for one in at))
    named = {f"{host}:{port}": why for (host, port), why in zip(at, refusals, strict=True)}
    async with clients.admin(kafka) as admin:
        brokers = len((await admin.describe_cluster())["brokers"])
    fine = f"{brokers} at {kafka.bootstrap_servers}, {kafka.security_protocol}"
    return together([*faults, *reached(kafka, named, brokers)], fine)


def secured(kafka: Kafka, no_authorities: str | None) -> Iterator[Finding]:
    """Yield what is wrong with how a broker is spoken to.

    Parameters
    ----------
    no_authorities
        Why the file of authorities cannot be read; None: it can, or there is none.
    """
    protocol = kafka.security_protocol
    if no_authorities is not None:
        yield failed(
            f"{kafka.ssl_cafile}: {no_authorities}",
            "let FOREWARN_KAFKA__SSL_CAFILE name the broker's authorities, as PEM",
        )
    encrypted = protocol.endswith("SSL")
    if kafka.ssl_cafile is not None and not encrypted:
        yield warning(
            f"{protocol} makes no use of FOREWARN_KAFKA__SSL_CAFILE",
            "set FOREWARN_KAFKA__SECURITY_PROTOCOL to SSL or SASL_SSL",
        )
    away = [host for host, _ in addresses(str(kafka.bootstrap_servers)) if not _is_here(host)]
    if away and not encrypted:
        can = "read" if protocol.startswith("SASL") else "read and write"
        yield warning(f"{protocol} to {away[0]}: whoever is on the way can {can}", _SECURE)


def reached(kafka: Kafka, named: Mapping[str, str | None], brokers: int) -> Iterator[Finding]:
    """Yield what is wrong with a cluster that answers.

    Parameters
    ----------
    named
        Why each address of the settings accepts no connection; None: it does.
    brokers
        How many the cluster says that it has.
    """
    silent = [f"{at} ({why})" for at, why in named.items() if why is not None]
    if silent:
        yield warning(
            f"{len(silent)} of {len(named)} addresses do not answer: {', '.join(silent)}",
            "start them, or take them out of FOREWARN_KAFKA__BOOTSTRAP_SERVERS",
        )
    if brokers < kafka.replication_factor:
        yield failed(
            f"{brokers} brokers cannot keep {kafka.replication_factor} copies",
            "start more of them, or lower FOREWARN_KAFKA__REPLICATION_FACTOR",
        )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _unreadable(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        with path.open("rb"):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__
