"""Compiles functions to machine code, once for all processes where a folder to keep it is found.

What is kept is used until the file of the function changes, or what it closes over, or the
library; a change elsewhere goes unnoticed. So all that a compiled function calls stands in its own
file, and what it knows from others it is given, or closes over. Nothing is compiled, looked for or
written at import.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

log = logging.getLogger(__name__)

_typed: Any = numba
"""The part of the library that has no types of its own."""

Function = TypeVar("Function", bound=Callable[..., Any])


def part(function: Function) -> Function:
    """Mark a function that compiled ones of the same file call: it is compiled with them."""
    return cast(Function, numba.njit(nogil=True)(function))


def compiled(function: Function, *like: Any) -> Function:
    """Return ``function`` compiled for arguments of the types of ``like``, and for no others.

    Other threads run meanwhile. Floating-point operations are those that are written, in their
    order: the result is the same on every processor. The code is kept beside the source, else in
    the user's cache folder, or where NUMBA_CACHE_DIR says; where none can be written, or is full,
    it is compiled at each start.
    """
    types = tuple(map(_typed.typeof, like))
    try:
        return cast(Function, numba.njit(types, nogil=True, cache=True)(function))
    except Exception as error:
        # Whatever is wrong with what is kept, or where, must not stop a warning; what is wrong
        # with the function itself is raised again.
        log.warning("compiled code is not kept, and each start takes seconds longer: %s", error)
        return cast(Function, numba.njit(types, nogil=True)(function))
