"""Composes who may ask from the settings, and refuses to be open to other machines."""

from sqlalchemy import Engine

from services.gateway.auth.identify import Authentication
from services.gateway.auth.keyring import Keyring
from services.gateway.auth.local import OpenToAll, is_loopback
from services.gateway.auth.oidc import Tokens
from services.gateway.auth.provider import Provider
from services.moments import Clock, utc_now
from services.settings import Settings


async def authentication(settings: Settings, own: Engine, clock: Clock = utc_now) -> Authentication:
    """Return what identifies callers.

    Raises
    ------
    OpenToAll
        There is neither a key nor a provider, and the gateway listens for other machines.
    """
    keyring = Keyring(own)
    oidc, host = settings.gateway.oidc, settings.gateway.host
    if oidc.issuer is not None:
        return Authentication(keyring, clock, Tokens(oidc, Provider(oidc.issuer), clock))
    if not is_loopback(host) and not await keyring.any():
        raise OpenToAll(host)
    return Authentication(keyring, clock)
