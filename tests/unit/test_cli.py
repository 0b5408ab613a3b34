"""The command line: help, settings that are wrong, files that are not there."""

from pathlib import Path

import pytest

from bot.cli import main
from bot.dialogues import moment
from knowledge_base.entry import ContentError

SETTINGS = [
    ("XIANGYIN_PORT", "eighty"),
    ("XIANGYIN_PORT", "70000"),
    ("XIANGYIN_CONFIDENCE_FLOOR", "2"),
    ("XIANGYIN_MOUTH", "robot"),
    ("XIANGYIN_LOG_LEVEL", "loud"),
]


@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_a_wrong_setting_is_one_clear_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 2
    said = capsys.readouterr().err
    assert name in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["ask", "--help"], ["talk", "--help"], ["hear", "--help"], ["--help"]])
def test_help_is_in_both_languages(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert any("\u4e00" <= character <= "\u9fff" for character in said)
    assert any(word in said for word in ("question", "conversation", "recordings", "chat"))


@pytest.mark.parametrize("arguments", [[], ["sing"], ["hear"], ["kb"]])
def test_a_wrong_command_explains_itself(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_wrong_time_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--now", "tomorrow", "玉米"]) == 2
    assert "tomorrow" in capsys.readouterr().err


def test_an_answer_with_a_mistake_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ContentError("maize.yaml: maize.borer: spoken: too long")

    monkeypatch.setattr("bot.app.read_content", broken)
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    monkeypatch.setenv("XIANGYIN_RASA_PYTHON", str(tmp_path / "none"))
    assert main(["ask", "玉米"]) == 2
    assert "maize.borer: spoken: too long" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T09:00", "2026-11-22T01:00:00+00:00"),
        ("2026-11-22", "2026-11-21T16:00:00+00:00"),
        ("2026-11-22T09:00+00:00", "2026-11-22T09:00:00+00:00"),
    ],
)
def test_a_time_without_an_offset_is_shanghais(text: str, utc: str) -> None:
    assert moment(text).isoformat() == utc


WRONG = [
    ("XIANGYIN_DATABASE_URL", "mysql://county:pw-of-db@host/x", "postgresql+psycopg://"),
    ("XIANGYIN_REDIS_URL", "host:6379/pw-of-redis", "redis://"),
    ("XIANGYIN_CONSULTATION_KEYS", "no-key-at-all", "32"),
    ("XIANGYIN_BACKUP_KEY", "pw-short", "16"),
    ("XIANGYIN_RASA_URL", "service", "Addresses of"),
    ("XIANGYIN_LIMIT_BURST", "0", "最小 1"),
    ("XIANGYIN_VOICE_KEEP", "maybe", "true"),
    ("XIANGYIN_WARNING_EBD_URL", "http://platform", "XIANGYIN_WARNING_EBD_PLATFORM"),
]


@pytest.mark.parametrize(("name", "value", "belongs"), WRONG)
def test_a_wrong_setting_says_what_belongs_there_and_not_what_stood_there(
    name: str, value: str, belongs: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert belongs in said
    assert "Value error" not in said
    assert value not in said


FILES = [
    ({"XIANGYIN_WEATHER_SOURCE": "qweather"}, "XIANGYIN_WEATHER_URL"),
    ({"XIANGYIN_WARNING_VILLAGES": "/nowhere/villages.csv"}, "villages.csv"),
    ({"XIANGYIN_WARNING_CERTIFICATES": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
    ({"XIANGYIN_WARNING_CERTIFICATES": __file__}, "XIANGYIN_WARNING_CERTIFICATES"),
    ({"XIANGYIN_PRICE_SERVICES": __file__}, "XIANGYIN_PRICE_SERVICES"),
]


@pytest.mark.parametrize(("given", "named"), FILES)
def test_nothing_starts_on_a_file_that_cannot_be_used(
    given: dict[str, str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    said = capsys.readouterr().out
    assert named in said
    assert "Traceback" not in said
    assert not (tmp_path / "xiangyin.db").exists()
