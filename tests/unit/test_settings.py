"""Settings: what is wrong with one is told as such, and nothing else is."""

import pytest

from services.settings import Settings, UnusableSettings


def test_a_bad_setting_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREWARN_SEGMENT_KM", "far")
    with pytest.raises(UnusableSettings, match=r"(?s)^settings: .*segment_km.*'far'"):
        Settings()


def test_a_bad_nested_setting_is_named_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREWARN_KAFKA__PARTITIONS", "0")
    with pytest.raises(UnusableSettings, match=r"kafka\.partitions"):
        Settings()
