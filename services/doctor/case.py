"""What the checks look at: the settings of this process, and the broker that they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.moments import Clock, utc_now
from services.reach import reaching
from services.settings import Settings


@dataclass
class Case:
    """One examination.

    Parameters
    ----------
    environ
        The environment, of which only names are told.
    bootstrap
        The option of the command; None: the setting, else the running stack.
    patience_s
        How long one check may take [s].
    """

    environ: Mapping[str, str]
    bootstrap: str | None = None
    patience_s: float = 30.0
    clock: Clock = field(default=utc_now)

    @cached_property
    def settings(self) -> Settings:
        """The settings, whether or not they lead to a broker.

        Raises
        ------
        UnknownSetting, BadSetting
            They cannot be read.
        """
        return Settings()

    @cached_property
    def reached(self) -> Settings:
        """The settings with a broker.

        Raises
        ------
        NoBrokerKnown, BadAddress
            Nothing names one.
        """
        return reaching(self.bootstrap, demonstration=False)
