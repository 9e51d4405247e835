"""What the gateway takes at most, as it is set."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.parts import Given

router = APIRouter(tags=["publish"])


class Limits(BaseModel):
    """What is answered with 413 or 429 beyond, and how long is waited and remembered."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "body_bytes": 262_144,
                    "line_bytes": 262_144,
                    "requests_per_second": 200.0,
                    "burst": 400,
                    "idempotency_key_seconds": 86_400.0,
                    "longest_wait_seconds": 30.0,
                }
            ]
        },
    )

    body_bytes: int = Field(description="[bytes] Largest body, but for a batch.")
    line_bytes: int = Field(description="[bytes] Longest line of a batch.")
    requests_per_second: float = Field(description="[1/s] On average, by caller.")
    burst: int = Field(description="[requests] At once, after a pause, by caller.")
    idempotency_key_seconds: float = Field(
        description="[s] How long an Idempotency-Key is remembered with its answer."
    )
    longest_wait_seconds: float = Field(description="[s] Longest of ?wait=.")


@router.get("/v1/limits", operation_id="getLimits", summary="How much is taken")
async def limits(parts: Given) -> Limits:
    """Tell what is taken at most; anybody may ask."""
    found = parts.settings.gateway
    return Limits(
        body_bytes=found.body_bytes,
        line_bytes=found.line_bytes,
        requests_per_second=found.rate,
        burst=found.burst,
        idempotency_key_seconds=found.repeats_for.total_seconds(),
        longest_wait_seconds=found.longest_wait.total_seconds(),
    )
