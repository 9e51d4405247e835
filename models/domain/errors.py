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


class UnsoundLadder(DomainError):
    """Rules of the ladder that contradict each other, or what is remembered of incidents.

    ``field`` is the rule's name, with a dot before a part of it, e.g. ``stones.level``.
    """

    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(f"{field}: found {found}; {expected}")
        self.field, self.found, self.expected = field, found, expected
