"""Reads what the options of ``forewarn rejected`` choose: places, times, bounds."""

import re
from datetime import datetime

from services.faults import Fault
from services.moments import NotATime, moment

_PLACE = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)
_OFFSET = re.compile(r"\d{1,18}", re.ASCII)


class Unclear(Fault):
    """The value of an option cannot be read."""

    def __init__(self, option: str, value: str, expected: str) -> None:
        super().__init__(f"{option}: {value!r}; expected {expected}")


def place(text: str) -> tuple[int, int]:
    """Return the partition and offset that ``PARTITION:OFFSET`` names.

    Raises
    ------
    Unclear
        The text is none.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Unclear("place", text, "PARTITION:OFFSET, e.g. 0:17, as in: forewarn rejected list")
    return int(found[1]), int(found[2])


def bound(option: str, text: str) -> int | datetime:
    """Return an offset, when ``text`` is a number, or a time.

    Raises
    ------
    Unclear
        The text is neither.
    """
    if _OFFSET.fullmatch(text):
        return int(text)
    try:
        return moment(option, text)
    except NotATime:
        expected = "an offset, e.g. 41, or a time, e.g. 2022-09-14T06:00Z"
        raise Unclear(option, text, expected) from None
