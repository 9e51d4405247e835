"""Says why a cluster that is there lets nobody in, and which setting is to be looked at."""

import asyncio
import ssl

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from services.addresses import addresses
from services.settings import Kafka
from services.variables import PREFIX

PATIENCE_S = 5.0
"""How long a broker may take to refuse somebody [s]."""

NOT_ALLOWED = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)
"""What a broker answers to who may not do what is asked for."""

_OTHER_NAME = (62, 64)
"""What OpenSSL calls a certificate of another host, or of another address."""

_AT = f"{PREFIX}KAFKA__"
_PROTOCOL = f"{_AT}SECURITY_PROTOCOL"


async def reason(kafka: Kafka, servers: str) -> str | None:
    """Return why the first of ``servers`` refuses us, and what to do; None: it does not.

    A client of aiokafka tries one server after the other and keeps no reason: it is found out anew.
    """
    ((host, port), *_) = addresses(servers)
    options = kafka.client_options()
    options.pop("bootstrap_servers")
    try:
        async with asyncio.timeout(PATIENCE_S):
            connection = await create_conn(host, port, **options)
            try:
                await connection.send(MetadataRequest([]))
            finally:
                connection.close()
    except TimeoutError:
        return None
    except (OSError, KafkaError) as error:
        return _told(error, kafka)
    return None


def not_allowed(error: KafkaError) -> str:
    """Return what is said of a right that is missing."""
    what = f" {error.args[0]!s}" if error.args else ""
    return (
        f"Kafka: {type(error).__name__}:{what}; the user that {_AT}SASL_USERNAME names has no "
        "right to that; docs/security.md has who needs which, and this prints the commands that "
        "give them: forewarn topics acls"
    )


def _told(error: OSError | KafkaError, kafka: Kafka) -> str:
    protocol, user = kafka.security_protocol, kafka.sasl_username
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code in _OTHER_NAME:
            return (
                f"its certificate is of another name ({error.verify_message}); name it as the "
                f"certificate does in --bootstrap or {_AT}BOOTSTRAP_SERVERS"
            )
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not trusted ({error.verify_message}); put the certificate of "
                f"the authority that signed it into the file that {_AT}SSL_CAFILE names; found "
                f"{str(kafka.ssl_cafile) if kafka.ssl_cafile else 'none: those of the system'}"
            )
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            return (
                f"it refuses the user {user!r} or its password; check {_AT}SASL_USERNAME and "
                f"{_AT}SASL_PASSWORD, and that the user was made for {kafka.sasl_mechanism} "
                f"({_AT}SASL_MECHANISM)"
            )
        case UnsupportedSaslMechanismError():
            return f"it knows no {kafka.sasl_mechanism}; set {_AT}SASL_MECHANISM to one that it has"
        case IllegalSaslStateError():
            return f"it asks nobody for a user there; {_PROTOCOL} is {protocol}: expected " + (
                "SSL" if protocol.endswith("SSL") else "PLAINTEXT"
            )
        case OSError():
            why = getattr(error, "reason", None) or type(error).__name__
            return (
                f"TLS fails ({why}); {_PROTOCOL} is {protocol}: name a port that has TLS, "
                "without a client's certificate, or expected PLAINTEXT or SASL_PLAINTEXT"
            )
        case _ if protocol == "SSL":
            return f"it ends the connection; {_PROTOCOL} is SSL: expected SASL_SSL, and a user"
    return (
        f"it ends the connection; {_PROTOCOL} is {protocol}: expected SASL_SSL, or SSL where it "
        "asks nobody for a user"
    )
