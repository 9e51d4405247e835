"""Everything that the domain refuses, in one tree."""


class DomainError(ValueError):
    """A decision cannot be taken on this input."""


class WrongSegment(DomainError):
    """An observation was given to the state of another segment."""

    def __init__(self, *, expected: str, found: str) -> None:
        super().__init__(
            f"segment_id: found {found!r}, expected {expected!r}; "
            "route each observation to the state that its key names"
        )
