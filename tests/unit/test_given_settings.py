"""Settings as operators write them: left empty, half written, too short."""

import errno
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.kept_secret import kept_secret
from bot.running.secret import signing_secret
from bot.setting_faults import faults_of
from bot.settings import Settings


def test_an_empty_value_is_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An example file has names with nothing behind them; a path of nothing would be the folder one happens to be in."""
    for name in Settings.model_fields:
        monkeypatch.setenv(f"XIANGYIN_{name.upper()}", "")
    file = tmp_path / ".env"
    file.write_text("XIANGYIN_WARNING_FOLDER=\nXIANGYIN_PORT=\n", "utf-8")
    assert Settings(_env_file=file) == Settings.model_construct()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "address",
    ["postgresql+psycopg://x:ge@heim@[::1/x", "postgresql+psycopg://x:geheim@host:54e2/x", "mysql://x:geheim@host/x"],
)
def test_a_database_address_that_cannot_be_taken_apart_is_one_sentence(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(database_url=address, _env_file=None)  # type: ignore[call-arg]
    (sentence,) = faults_of(refused.value)
    assert "XIANGYIN_DATABASE_URL" in sentence
    assert "%40" in sentence, "how an @ in a password is written"
    assert "heim" not in sentence


def test_nothing_is_signed_with_a_secret_that_can_be_guessed(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="16 characters"):
        Settings(secret="123456", _env_file=None)  # type: ignore[call-arg, arg-type]
    (tmp_path / "secret").touch()
    with pytest.raises(OSError, match="empty") as refused:
        signing_secret(Settings(home=tmp_path, _env_file=None))  # type: ignore[call-arg]
    assert refused.value.errno == errno.ENODATA
    assert (tmp_path / "secret").read_text("utf-8") == "", "what is lost is seen, not replaced"


def test_a_line_that_an_editor_has_ended_is_the_same_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret of the county\n", "utf-8")
    assert kept_secret(tmp_path / "secret", str) == "a secret of the county"
