"""The doctor looks at what an operator has really got wrong, and says what to do."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot.doctor import Finding, doctor, examine, machine
from bot.settings import Settings
from tests.acceptance.stage import free_port

TOKEN = "123456:" + "A" * 35


def settings(home: Path, **more: object) -> Settings:
    return Settings(home=home, port=free_port(), rasa_python=home / "none", _env_file=None, **more)  # type: ignore[arg-type, call-arg]


def found(home: Path, part: str, **more: object) -> list[Finding]:
    return [finding for finding in examine(settings(home, **more)) if finding.part.startswith(part)]


@contextmanager
def bot_api(status: int) -> Iterator[str]:
    """A Bot API server that answers every call so."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == f"/bot{TOKEN}/getMe" else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        answering = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        answering.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        answering.join()


@pytest.mark.parametrize(
    ("status", "well", "says"), [(200, True, "reached"), (401, False, "refused"), (502, False, "502")]
)
def test_telegram_is_asked_whether_it_takes_the_token(tmp_path: Path, status: int, well: bool, says: str) -> None:
    with bot_api(status) as address:
        (finding,) = found(tmp_path, "Telegram", telegram_token=TOKEN, telegram_api=address)
    assert finding.well == well
    assert says in finding.detail
    assert TOKEN not in finding.detail


def test_what_keeps_telegram_off_is_named(tmp_path: Path) -> None:
    (shape,) = found(tmp_path, "Telegram", telegram_token="not-a-token")
    assert not shape.well
    nowhere = {"telegram_token": TOKEN, "telegram_api": f"http://127.0.0.1:{free_port()}"}
    webhook = {"telegram_webhook_url": "http://xiangyin.example.cn/telegram"}
    address, secret, reached = found(tmp_path, "Telegram", **nowhere, **webhook)
    assert "https" in address.detail
    assert "XIANGYIN_TELEGRAM_WEBHOOK_SECRET" in secret.detail
    assert "not reached" in reached.detail
    assert not any(finding.well for finding in (address, secret, reached))


def test_an_account_of_wechat_without_its_secrets_is_named(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "微信", wechat_app_id="wx123", wechat_token="t")
    assert not finding.well
    assert "XIANGYIN_WECHAT_SECRET" in finding.detail
    assert "XIANGYIN_WECHAT_TOKEN" not in finding.detail


def test_a_weather_service_that_gives_no_forecast_is_named(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    (finding,) = found(tmp_path, "天气服务", weather_source="open_meteo", weather_url=address)
    assert not finding.well
    assert "XIANGYIN_WEATHER_URL" in finding.detail
    assert found(tmp_path, "天气服务") == [], "samples come from nowhere"


def test_folders_and_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "models" / "kokoro-82m-v1.0-int8" / "voices").mkdir(parents=True)
    nowhere = tmp_path / "slip"
    names = ("words", "warning_folder", "warning_ebd_folder", "speaker_mqtt_ca", "golden")
    given = dict.fromkeys(names, nowhere) | {"warning_ebd_platform": "1" * 18, "mouth_voice": "nobody"}
    told = [finding.detail for finding in found(tmp_path, "设置", **given)]
    assert [any(line.startswith(f"XIANGYIN_{name.upper()}:") for line in told) for name in (*names, "mouth_voice")] == [
        True
    ] * 6
    assert not nowhere.exists()
    assert found(tmp_path, "设置", golden=tmp_path) != [], "the voice is still not there"


@pytest.mark.parametrize(("ear", "lacks"), [("vosk", "am/final.mdl"), ("sherpa", "tokens.txt")])
def test_a_model_of_ones_own_is_looked_at_instead_of_ours(tmp_path: Path, ear: str, lacks: str) -> None:
    (own,) = found(tmp_path, "自带的语音识别模型", ear=ear, ear_model=tmp_path)
    assert not own.well
    assert lacks in own.detail
    assert found(tmp_path, "语音识别模型", ear=ear, ear_model=tmp_path) == []
    for name in ("am/final.mdl", "conf/mfcc.conf", "tokens.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (own,) = found(tmp_path, "自带的语音识别模型", ear=ear, ear_model=tmp_path)
    assert own.well


def test_an_address_of_another_machine_cannot_be_listened_on(tmp_path: Path) -> None:
    (port,) = found(tmp_path, "端口", host="192.0.2.1")  # of documentation, nobody's
    assert not port.well
    assert port.vital
    assert "XIANGYIN_HOST" in port.detail


def test_a_port_that_was_used_a_moment_ago_is_free(tmp_path: Path) -> None:
    one = settings(tmp_path)
    with socket.create_server(("127.0.0.1", one.port)) as server, socket.create_connection(server.getsockname()):
        other, _ = server.accept()
        other.close()  # leaves the port in TIME_WAIT
    assert machine.port(one).well


def test_what_cannot_be_written_is_vital(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Most often: set up as root, run as another. Tests may run as root, who may write anywhere."""
    (tmp_path / "xiangyin.db").touch()
    real = os.access
    for locked in (tmp_path, tmp_path / "xiangyin.db"):

        def access(path: Path, mode: int, locked: Path = locked) -> bool:
            return path != locked and real(path, mode)

        with monkeypatch.context() as patch:
            patch.setattr(os, "access", access)
            assert doctor(settings(tmp_path)) == 1
        assert f"{locked}: 写不进" in capsys.readouterr().out


def test_an_empty_secret_and_a_log_of_what_people_say_are_named(tmp_path: Path) -> None:
    (tmp_path / "consultation_key").touch(mode=0o600)
    (empty,) = found(tmp_path, "密钥文件")
    assert empty.vital
    assert str(tmp_path / "consultation_key") in empty.detail
    (log,) = found(tmp_path, "日志", log_texts=True)
    assert "XIANGYIN_LOG_TEXTS" in log.detail
