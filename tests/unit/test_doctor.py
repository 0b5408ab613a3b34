"""The doctor: what is there, what is not, and what to do."""

import socket
from pathlib import Path

import pytest

from bot.doctor import doctor, examine
from bot.settings import Settings
from tests.acceptance.stage import free_port


def settings(home: Path, **more: object) -> Settings:
    return Settings(home=home, port=free_port(), rasa_python=home / "none", _env_file=None, **more)  # type: ignore[arg-type, call-arg]


def test_on_an_empty_home_it_says_what_is_missing_and_how_to_bring_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(settings(tmp_path)) == 0, "text works without models and without Rasa"
    said = capsys.readouterr().out
    assert "! 理解服务 Rasa" in said
    assert "make setup" in said
    assert ".venv/bin/xiangyin models" in said


def test_a_damaged_database_is_vital(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "xiangyin.db").write_bytes(b"no database at all" * 100)
    assert doctor(settings(tmp_path)) == 1
    assert "✗ 数据库" in capsys.readouterr().out


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "vosk-model-small-cn-0.22"
    folder.mkdir(parents=True)
    findings = {finding.part: finding for finding in examine(settings(tmp_path))}
    ear = next(finding for part, finding in findings.items() if "识别" in part)
    assert not ear.well


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        one = settings(tmp_path).model_copy(update={"port": other.getsockname()[1]})
        taken = next(finding for finding in examine(one) if finding.part.startswith("端口"))
    assert not taken.well
    assert "XIANGYIN_PORT" in taken.detail


def test_the_token_is_never_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doctor(settings(tmp_path, telegram_token="12345:very-secret"))
    said = capsys.readouterr().out
    assert "very-secret" not in said
    assert "token set" in said


@pytest.mark.parametrize("host", ["::1%nowhere", "::1"])
def test_any_host_is_looked_at(tmp_path: Path, host: str) -> None:
    port = next(finding for finding in examine(settings(tmp_path, host=host)) if finding.part.startswith("端口"))
    assert port.well == (host == "::1")


def test_a_home_that_cannot_be_made_is_vital(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert doctor(settings(tmp_path / "file" / "home")) == 1
    assert "✗ 磁盘" in capsys.readouterr().out
