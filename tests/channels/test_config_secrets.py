"""What is said of a wrong configuration holds no secret of it."""

import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from services.notifier.channels.config import (
    KINDS,
    AppriseConfig,
    BadChannel,
    ChannelConfig,
    read,
)
from tests.channels.canary import CANARY, KEY, keep_out

WRONG: list[dict[str, Any]] = [
    {"kind": "webhook", "url": f"http://user:{CANARY}@example.org/", "secrets": [CANARY]},
    {"kind": "webhook", "url": f"https://example.org:99999/{CANARY}", "secrets": [KEY]},
    {"kind": "webhook", "url": "https://example.org/", "secret": KEY, "secrets": CANARY},
    {"kind": "webhook", "url": "https://example.org/", "secrets": {"key": CANARY}},
    {"kind": "webhook", "url": [CANARY], "secrets": [{"env": "NO_SUCH", "default": CANARY}]},
    {"kind": "webhook", "url": f"https://127.0.0.1/{CANARY}", "secrets": [KEY]},
    {"kind": "webhook", "url": "https://example.org/", "secrets": [KEY], "bearer": CANARY + " "},
    {"kind": "webhook", "url": f"https://a:{CANARY}@b.org", "secrets": [KEY], "bearer": CANARY},
    {"kind": "alertmanager", "url": f"nosuch://{CANARY}", "token": CANARY},
    {"kind": "apprise", "url": f"nosuch://user:{CANARY}@example.org"},
    {"kind": "apprise", "url": f"mailto://user:{CANARY}@"},
    {"kind": "apprise", "url": f"slack://{CANARY}/x/y"},
    {"kind": "cap", "sender": "duty", "post": {"url": CANARY, "bearer": CANARY, "key": CANARY}},
    {"kind": "cap", "sender": "duty", "post": CANARY},
    {"kind": "fax", "url": CANARY},
    {"url": CANARY},
]


def test_each_kind_is_given_wrong() -> None:
    assert set(KINDS) <= {given.get("kind") for given in WRONG}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("given", WRONG, ids=str)
def test_a_fault_of_the_configuration_shows_no_secret(given: dict[str, Any]) -> None:
    class Receivers(BaseModel):
        model_config = ConfigDict(hide_input_in_errors=True)
        channel: ChannelConfig

    with pytest.raises(BadChannel) as fault:
        read(given)
    keep_out(fault.value, "".join(traceback.format_exception(fault.value)))
    assert fault.value.__context__ is None
    with pytest.raises(ValidationError) as inner:
        Receivers.model_validate({"channel": given})
    keep_out(inner.value, "".join(traceback.format_exception(inner.value)))
    with pytest.raises(ValidationError) as alone:
        KINDS.get(given.get("kind", ""), AppriseConfig).model_validate(given)
    keep_out(alone.value)


@pytest.mark.usefixtures("shown")
def test_a_file_that_is_no_text_shows_nothing_of_itself(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(CANARY.encode() + b"\xff")
    with pytest.raises(BadChannel, match="cannot be read as text") as fault:
        read({"kind": "apprise", "url": {"file": str(tmp_path / "secret")}})
    keep_out("".join(traceback.format_exception(fault.value)))
