"""The routes that explain problems, and tell which build answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.topics import TOPICS
from services.gateway import problems
from services.gateway.asking.places import missing
from services.gateway.asking.still import Unmoving
from services.gateway.conditional import SAME
from services.gateway.problems import KINDS, Kind
from services.version import version

router = APIRouter(tags=["meta"], responses=SAME)

EXPLAINED: dict[str, tuple[str, str]] = {
    "bad-request": (
        "A parameter has the right form and still means nothing here: a cursor of another "
        "question, a polygon that crosses itself, a box that lies upside down.",
        "Read `detail`: it names the parameter, what was found and what was expected.",
    ),
    "unauthenticated": (
        "The request names no caller, or a key that is not known, expired or revoked.",
        "Send `Authorization: Bearer KEY`; keys are made with `forewarn keys create`.",
    ),
    "forbidden": (
        "The key is known and has not the scope that this needs.",
        "Ask an administrator for a key with the scope that `detail` names.",
    ),
    "not-found": (
        "There is no such path, or nothing of that id is known (or was, at `as_of`).",
        "Correct the id; `detail` names the nearest ones, or the list to look in.",
    ),
    "method-not-allowed": (
        "The path exists; this cannot be done to it.",
        "Use a method that the header `Allow` names.",
    ),
    "not-acceptable": (
        "The header `Accept` names no media type that this is told in.",
        "Accept one of those that `detail` names, or leave the header out.",
    ),
    "conflict": (
        "The same has been sent with other content, or is still being handled.",
        "Read `detail`; wait and send again, or send what changed as the next revision.",
    ),
    "other-log": (
        "The id of a position was made for another log, or lies beyond the end of this one.",
        "Begin anew with `since=beginning`, or with `since=` and a time.",
    ),
    "gap": (
        "Alerts that come after the position are no longer kept.",
        "Go on after the id that `detail` names, and know that some alerts are missing.",
    ),
    "precondition-required": (
        "A further revision of an incident was sent without the number that it has.",
        "Give the revision, or the current one in `If-Match`; `detail` names both.",
    ),
    "too-large": (
        "The body, or a line of it, is longer than what is taken.",
        "Send less at once; the limits are in the description of the operation.",
    ),
    "unsupported-media-type": (
        "The body is of a media type that is not read here.",
        "Send one of those that `detail` names, with a matching `Content-Type`.",
    ),
    "invalid": (
        "A parameter or a field of the body has not the form that the description gives it.",
        "Correct each field of `errors`: what was found and what was expected stands there.",
    ),
    "too-many-requests": (
        "This key has asked more often than it may; or too many ask what takes computing.",
        "Wait for as many seconds as `Retry-After` says.",
    ),
    "fault": (
        "The gateway failed; nothing that you sent has been acknowledged.",
        "Send again; if it stays, give the request id of the response to the operators.",
    ),
    "log-away": (
        "No broker takes records now. Nothing of the request has been accepted.",
        "Send again after `Retry-After` seconds, with the same `Idempotency-Key`.",
    ),
    "read-model-away": (
        "The database that questions are answered from does not answer. The log goes on.",
        "Ask again after `Retry-After` seconds.",
    ),
    "in-doubt": (
        "The broker did not say in time whether it has taken the record.",
        "Send the same again: what is in the log already counts once.",
    ),
    "full": (
        "As many readers are connected to the alert stream as one gateway takes.",
        "Come again after `Retry-After` seconds, or ask another gateway.",
    ),
    "identity-away": (
        "The identity provider that would say who you are does not answer.",
        "Ask again after `Retry-After` seconds, or with an API key.",
    ),
}
"""Of each kind of problem: what it means, and what to do."""

_EXAMPLE: dict[str, Any] = {
    "name": "not-found",
    "type": "/v1/problems/not-found",
    "status": 404,
    "title": problems.NOT_FOUND.title,
    "means": EXPLAINED["not-found"][0],
    "remedy": EXPLAINED["not-found"][1],
}


class KindTold(BaseModel):
    """A kind of problem (RFC 9457), explained."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    name: str
    type: str = Field(description="What `type` of a problem document says.")
    status: int = Field(ge=400, le=599)
    title: str
    means: str = Field(description="When it happens.")
    remedy: str = Field(description="What to do.")


class KindList(BaseModel):
    """Every kind of problem."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: tuple[KindTold, ...]


class Versions(BaseModel):
    """Which build answers, and which versions it speaks."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [{"forewarn": "0.1.0", "api": "v1", "contracts": {"incidents": 1}}]
        },
    )

    forewarn: str = Field(description="The version of the build.")
    api: str = Field(description="The version of the paths.")
    contracts: dict[str, int] = Field(description="By topic, the version of its values.")


@router.get(
    "/v1/problems",
    operation_id="listProblems",
    summary="Every kind of problem, explained",
    response_model=KindList,
)
def kinds(still: Unmoving) -> Response:
    """Return what each kind of problem means, and what to do."""
    return still.answer(KindList(items=tuple(map(_told, KINDS.values()))))


@router.get(
    "/v1/problems/{name}",
    operation_id="getProblem",
    summary="One kind of problem, explained",
    response_model=KindTold,
    responses=problems.responses(problems.NOT_FOUND),
)
def kind(
    name: Annotated[
        str,
        Path(
            max_length=100,
            pattern=r"^[a-z][a-z-]*$",
            description="The last part of `type` of a problem document.",
            examples=["not-found"],
        ),
    ],
    still: Unmoving,
) -> Response:
    """Return what a kind of problem means, and what to do."""
    if name not in KINDS:
        raise missing("problem", name, KINDS, "/v1/problems")
    return still.answer(_told(KINDS[name]))


@router.get(
    "/v1/version",
    operation_id="getVersion",
    summary="Which build answers",
    response_model=Versions,
)
def versions(still: Unmoving) -> Response:
    """Return the versions of the build, of the paths, and of every topic's contract."""
    contracts = {topic.name: topic.version for topic in TOPICS}
    return still.answer(Versions(forewarn=version(), api="v1", contracts=contracts))


def _told(told: Kind) -> KindTold:
    means, remedy = EXPLAINED[told.name]
    return KindTold(
        name=told.name,
        type=told.uri,
        status=told.status,
        title=told.title,
        means=means,
        remedy=remedy,
    )
