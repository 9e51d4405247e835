"""What a secured cluster asks of the settings: secrets from files, a user, authorities to trust."""

import ssl
from pathlib import Path

import pytest
import trustme

from services.settings import Settings
from services.variables import FILE, BadSetting, names

PASSWORD = "FOREWARN_KAFKA__SASL_PASSWORD"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the password is read from."""
    monkeypatch.setenv(f"{PASSWORD}_FILE", str(tmp_path / "password"))
    return tmp_path / "password"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_may_stand_in_a_file(end: str, file: Path) -> None:
    file.write_bytes(f"hunter 2{end}".encode())
    found = Settings().kafka.sasl_password
    assert found is not None
    assert found.get_secret_value() == "hunter 2"
    assert "hunter" not in repr(Settings())


def test_every_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {name.removesuffix(FILE) for name in names(Settings) if name.endswith(FILE)}
    assert {PASSWORD, "FOREWARN_GATEWAY__SEAL_KEY", "FOREWARN_LEDGER__URL"} < secrets
    (tmp_path / "secret").write_text("sqlite:///a-secret-of-some-length")
    for name in secrets:
        monkeypatch.setenv(f"{name}{FILE}", str(tmp_path / "secret"))
    found = Settings()
    for name in secrets:
        section, _, field = name.removeprefix("FOREWARN_").lower().partition("__")
        assert getattr(getattr(found, section), field).get_secret_value().startswith("sqlite"), name


def test_an_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PASSWORD}_FILE", "")
    monkeypatch.setenv(PASSWORD, "hunter2")
    found = Settings().kafka.sasl_password
    assert found is not None
    assert found.get_secret_value() == "hunter2"


def test_a_secret_that_is_given_twice_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("hunter2")
    monkeypatch.setenv(PASSWORD, "hunter2")
    with pytest.raises(BadSetting, match=f"{PASSWORD}_FILE: {PASSWORD} is set too") as raised:
        Settings()
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read as text"), (b"", "is empty"), (b"\xff\xfe", "cannot be read as text")],
)
def test_a_file_without_a_secret_is_named(content: bytes | None, said: str, file: Path) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadSetting, match=f"{PASSWORD}_FILE: the file '{file}' {said}"):
        Settings()


def test_a_secret_in_place_of_its_files_name_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PASSWORD}_FILE", "hunter2")
    with pytest.raises(BadSetting, match="not shown here") as raised:
        Settings()
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "SASL_USERNAME"), ({"SASL_USERNAME": "u"}, "SASL_PASSWORD")],
)
def test_a_user_and_a_password_are_asked_for_where_the_protocol_needs_them(
    given: dict[str, str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    for name, value in given.items():
        monkeypatch.setenv(f"FOREWARN_KAFKA__{name}", value)
    expected = f"FOREWARN_KAFKA__{missing}: is not set; expected one, since .*PROTOCOL is SASL_SSL"
    with pytest.raises(BadSetting, match=expected):
        Settings()


def tls(monkeypatch: pytest.MonkeyPatch, authorities: Path) -> ssl.SSLContext | None:
    monkeypatch.setenv("FOREWARN_KAFKA__SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("FOREWARN_KAFKA__SSL_CAFILE", str(authorities))
    return Settings().kafka.ssl_context


def test_certificates_and_names_are_always_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    context = tls(monkeypatch, tmp_path / "ca.pem")
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"", "SSLError"), (b"no certificate", "SSLError")],
)
def test_a_file_without_authorities_is_named_with_its_setting(
    content: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(BadSetting, match=f"SSL_CAFILE: found '.*ca.pem', .*{said}.*in PEM"):
        tls(monkeypatch, tmp_path / "ca.pem")
