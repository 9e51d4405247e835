"""What the middleware knows of the gateway: its parts, once they are open."""

from typing import cast

from starlette.types import Scope

from services.gateway.parts import Parts
from services.settings import Settings


def parts_of(scope: Scope) -> Parts:
    """Return the parts of the application that answers a request."""
    return cast("Parts", scope["app"].state.parts)


def settings_of(scope: Scope) -> Settings:
    """Return the settings of the application that answers a request."""
    return parts_of(scope).settings
