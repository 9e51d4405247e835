"""Settings from the environment: a name or a value that cannot be meant is refused, in words."""

import pytest
from pydantic import BaseModel

from services import borders
from services.settings import Settings
from services.variables import BadSetting, UnknownSetting, names, refuse_unknown


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("FOREWARN_BORDER", "FOREWARN_BORDERS"),
        ("FOREWARN_KAFKA__BOOTSTRAP", "FOREWARN_KAFKA__BOOTSTRAP_SERVERS"),
        ("FOREWARN_KAFKA_BOOTSTRAP_SERVERS", "FOREWARN_KAFKA__BOOTSTRAP_SERVERS"),
        ("forewarn_worker__clok", "FOREWARN_WORKER__CLOCK"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_nearest_right_one(
    misspelt: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(misspelt, "x")
    with pytest.raises(UnknownSetting, match=rf"(?i)^{misspelt}: .* did you mean {meant}\?$"):
        Settings()


def test_the_known_names_are_those_of_the_model() -> None:
    class Channel(BaseModel):
        url: str = ""

    class Later(BaseModel):
        channel: Channel | None = None
        channels: dict[str, Channel] = {}

    assert list(names(Later)) == [
        "FOREWARN_CHANNEL",
        "FOREWARN_CHANNEL__URL",
        "FOREWARN_CHANNELS",
        "FOREWARN_CHANNELS__*",
    ]
    refuse_unknown(Later, {"FOREWARN_CHANNELS__SMS__URL": "x", "FOREWARN_CHANNEL__URL": "x"})
    with pytest.raises(UnknownSetting, match="FOREWARN_CHANNEL__URI"):
        refuse_unknown(Later, {"FOREWARN_CHANNEL__URI": "x"})


def test_what_kubernetes_and_the_tests_set_is_no_misspelling() -> None:
    links = {
        "FOREWARN_GATEWAY_SERVICE_HOST": "10.0.0.1",
        "FOREWARN_GATEWAY_SERVICE_PORT_HTTP": "80",
        "FOREWARN_GATEWAY_PORT": "tcp://10.0.0.1:80",
        "FOREWARN_GATEWAY_PORT_80_TCP_ADDR": "10.0.0.1",
        "FOREWARN_TEST_BROKER": "tansu",
    }
    refuse_unknown(Settings, links)
    with pytest.raises(UnknownSetting, match="FOREWARN_GATEWAY_PORT"):
        refuse_unknown(Settings, {"FOREWARN_GATEWAY_PORT": "80"})


@pytest.mark.parametrize(
    "written", ["KGZ-TJK,KGZ-UZB", " kgz-tjk , KGZ-UZB,", '["KGZ-TJK", "KGZ-UZB"]']
)
def test_borders_are_a_list_with_commas_or_in_json(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_BORDERS", written)
    assert Settings().borders == ("KGZ-TJK", "KGZ-UZB")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FOREWARN_BORDERS", "[]", r"found '\[\]'; expected at least one border"),
        ("FOREWARN_BORDERS", "", "found ''; expected at least one border"),
        ("FOREWARN_BORDERS", "[KGZ", "found '.KGZ'; expected names with commas"),
        ("FOREWARN_SEGMENT_KM", "far", "found 'far'; expected a valid integer"),
        ("FOREWARN_KAFKA__PARTITIONS", "0", "found '0'; expected greater than or equal to 1"),
        ("FOREWARN_WORKER__CLOCK", "sun", "found 'sun'; expected 'wall' or 'log'"),
        ("FOREWARN_KAFKA__BOOTSTRAP_SERVERS", "here", "'here' is no address; expected host:port"),
        ("FOREWARN_KAFKA__BOOTSTRAP_SERVERS", "h:99999", "'h:99999' is no address"),
    ],
)
def test_a_bad_value_is_named_with_its_variable_and_what_was_expected(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=f"^{name}: .*{said}") as raised:
        Settings()
    assert "pydantic" not in str(raised.value)


@pytest.mark.parametrize(
    "whole", ['{"sasl_password": ["hunter2"]}', '{"partitions": "hunter2"}', "hunter2", '"hunter2"']
)
def test_a_secret_is_never_shown(whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREWARN_KAFKA", whole)
    with pytest.raises(BadSetting) as raised:
        Settings()
    assert ("hunter2" in str(raised.value)) is ("partitions" in whole)


@pytest.mark.parametrize(
    ("name", "near"), [("TJK-KGZ", "e.g. KGZ-TJK"), ("KGZ-TJX", "KGZ-TJK"), ("XXX", "KGZ-TJK")]
)
def test_an_unknown_border_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(borders.UnknownBorder, match=f"FOREWARN_BORDERS: '{name}' .*{near}"):
        borders.check((name,))
