from __future__ import annotations

import stat
from pathlib import Path

import pytest

from findigi.kernel.settings import SECRET_BYTES, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FINDIGI_DATA", str(tmp_path / "data"))


def test_first_start_makes_one_private_secret_and_keeps_it(tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()
    path = tmp_path / "data" / "secret"
    assert first.secret == second.secret
    assert len(first.secret.get_secret_value()) >= SECRET_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_defaults_follow_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDIGI_PORT", "8123")
    loaded = load_settings()
    assert loaded.public_url == "http://127.0.0.1:8123"
    assert loaded.demo
    assert not loaded.log_json


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"FINDIGI_PORT": "99999"}, ["FINDIGI_PORT: Input should be less than or equal to 65535"]),
        ({"FINDIGI_PORT": "x", "FINDIGI_API_WORKERS": "0"}, ["FINDIGI_PORT", "FINDIGI_API_WORKERS"]),
        ({"FINDIGI_ENVIRONMENT": "prod"}, ["FINDIGI_ENVIRONMENT", "'production'"]),
        ({"FINDIGI_DATABSE_URL": "x"}, ["FINDIGI_DATABSE_URL", "did you mean FINDIGI_DATABASE_URL?"]),
        ({"FINDIGI_SECRET": "short"}, ["FINDIGI_SECRET must have at least 32 bytes"]),
        ({"FINDIGI_ENVIRONMENT": "production"}, ["FINDIGI_SECRET must be set in production"]),
        ({"FINDIGI_ENVIRONMENT": "production", "FINDIGI_SECRET": "s" * 32}, ["FINDIGI_DATABASE_URL must be set"]),
        (
            {"FINDIGI_ENVIRONMENT": "production", "FINDIGI_SECRET": "s" * 32, "FINDIGI_DEMO": "1"},
            ["FINDIGI_DEMO must be off in production"],
        ),
    ],
)
def test_refusals_name_the_variable(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], told: list[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    for part in told:
        assert part in str(refused.value)


def test_an_error_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDIGI_SECRET", "hunter2-hunter2")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


def test_production_starts_with_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDIGI_ENVIRONMENT", "production")
    monkeypatch.setenv("FINDIGI_SECRET", "s" * SECRET_BYTES)
    monkeypatch.setenv("FINDIGI_DATABASE_URL", "postgresql://db/findigi")
    loaded = load_settings()
    assert (loaded.demo, loaded.log_json, loaded.dsn) == (False, True, "postgresql://db/findigi")
    assert "postgresql" not in repr(loaded)
