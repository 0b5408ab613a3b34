"""The doctor: what is there, what is not, and what to do."""

import contextlib
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.doctor import doctor, examine, machine
from bot.settings import Settings
from tests.acceptance.stage import free_port
from tests.fakes.postgres import PostgresServer


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


def test_an_old_clock_a_newer_database_and_open_secrets_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "xiangyin.db")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o644)
    monkeypatch.setattr(machine, "RELEASED", datetime.max.replace(tzinfo=UTC))
    found = {finding.part: finding for finding in examine(settings(tmp_path))}
    assert not found["时钟"].well
    assert not found["数据库版本"].well
    assert "9999" in found["数据库版本"].detail
    assert "chmod 600" in found["密钥文件"].detail


def test_an_older_database_is_told_apart(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "xiangyin.db")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0003')")
    version = next(finding for finding in examine(settings(tmp_path)) if finding.part == "数据库版本")
    assert version.well
    assert "0003" in version.detail


def test_neighbours_that_do_not_answer_are_named_without_their_passwords(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = free_port()
    away = settings(
        tmp_path,
        database_url=f"postgresql+psycopg://county:pw-of-db@127.0.0.1:{nobody}/xiangyin",
        redis_url=f"redis://:pw-of-redis@127.0.0.1:{nobody}/0",
        rasa_url=f"http://127.0.0.1:{nobody}",
        rasa_token="token-of-rasa",
        speaker_mqtt=f"mqtt://127.0.0.1:{nobody}",
        speaker_mqtt_password="pw-of-broker",
    )
    assert doctor(away) == 1, "without a database nothing can be kept"
    said = capsys.readouterr().out
    for part in ("✗ 数据库:", "! Redis:", "! 理解服务 Rasa:", "! 喇叭的消息服务:"):
        assert part in said
    for secret in ("pw-of-db", "pw-of-redis", "token-of-rasa", "pw-of-broker"):
        assert secret not in said


def test_a_database_server_that_answers_is_asked_for_its_version_and_time(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    found = {finding.part: finding for finding in examine(settings(tmp_path, database_url=postgres.new_database()))}
    assert found["数据库版本"].well
    assert found["数据库时钟"].well


def test_a_misspelt_name_and_what_must_be_set_before_farmers_come_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XIANGYIN_TELEGRAM_TOKKEN", "12345:very-secret")
    assert doctor(settings(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "XIANGYIN_TELEGRAM_TOKKEN" in said
    assert "is it XIANGYIN_TELEGRAM_TOKEN?" in said
    assert "very-secret" not in said
    assert "XIANGYIN_WEATHER_SOURCE" in said
    assert "XIANGYIN_OPERATOR_CONTACT" in said


def test_a_file_that_is_named_and_not_there_is_vital(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(settings(tmp_path, price_services=tmp_path / "none.yaml")) == 1
    assert "✗ 设置: XIANGYIN_PRICE_SERVICES" in capsys.readouterr().out
