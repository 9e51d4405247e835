"""Makes a further revision of an incident from what a caller sends of it."""

import re
from typing import Any

from services.gateway import problems
from services.gateway.problems import Problem
from services.gateway.publishing.known import Revisions


def about(incident_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the report of a body, which may leave out whose it is.

    Raises
    ------
    Problem
        It is of another incident.
    """
    content = {**content, "incident_id": content.get("incident_id", incident_id)}
    if content["incident_id"] != incident_id:
        detail = (
            f"incident_id: found {content['incident_id']!r:.200}; expected {incident_id!r}, the "
            "incident of the path, or no such field"
        )
        raise Problem(problems.INVALID, detail)
    return content


_RETRACTION = frozenset({"reason", "revision"})


def retraction(content: dict[str, Any]) -> dict[str, Any]:
    """Return the reason of a retraction, and the revision if it is given.

    Raises
    ------
    Problem
        The content is another one.
    """
    if strangers := sorted(content.keys() - _RETRACTION):
        detail = f"{strangers[0]}: no such field; expected 'reason', and 'revision' or If-Match"
        raise Problem(problems.INVALID, detail)
    if not isinstance(content.get("reason"), str) or not content["reason"]:
        detail = f"reason: found {content.get('reason')!r:.200}; expected why, in words"
        raise Problem(problems.INVALID, detail)
    return content


def number(given: Any, if_match: str | None, incident_id: str, there: Revisions) -> Any:
    """Return the number of a revision: the one given, or the one after the caller's last.

    Raises
    ------
    Problem
        Neither tells it, or the caller does not know the current one.
    """
    current = max(there, default=0)
    if if_match is not None:
        found = re.fullmatch(r'"([0-9]{1,7})"', if_match.strip())
        if found is None:
            detail = f'If-Match: found {if_match[:200]!r}; expected a revision in quotes, e.g. "1"'
            raise Problem(problems.BAD_REQUEST, detail)
        if int(found[1]) != current and given is None:
            detail = (
                f"If-Match: {found[1]} is not the current revision of {incident_id!r}, which is "
                f'{current}; look at it, then send If-Match: "{current}"'
            )
            raise Problem(problems.CONFLICT, detail)
        return int(found[1]) + 1 if given is None else given
    if given is None:
        detail = (
            f"revision: missing; the current one of {incident_id!r} is {current}; give revision "
            f'{current + 1}, or If-Match: "{current}"'
        )
        raise Problem(problems.PRECONDITION_REQUIRED, detail)
    return given
