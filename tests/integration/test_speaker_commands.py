"""`xiangyin speakers` and `xiangyin speaker` at the command line."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.channels.speaker.link import Broker
from bot.cli import main
from tests.acceptance.stage import free_port
from tests.fakes.broker import BrokerProcess

VILLAGE = "510104021001"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    return tmp_path


def key_in(said: str) -> str:
    return said.strip().rpartition(" ")[2]


def test_a_device_is_registered_renewed_shut_out_and_listed(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    add = ["speakers", "add", "east", "--village", VILLAGE, "--name", "村东头", "--volume", "80"]
    assert main([*add, "--position", "30.6", "104.1"]) == 0
    first = key_in(capsys.readouterr().out)
    assert main(["speakers", "key", "east"]) == 0
    second = key_in(capsys.readouterr().out)
    assert (len(first), len(second), first == second) == (43, 43, False)
    assert main(["speakers", "list"]) == 0
    assert capsys.readouterr().out == f"east\t{VILLAGE}\t村东头\tnever seen\t-\t-\t80\t0\n"
    assert main(["speakers", "disable", "east"]) == 0
    assert main(["speakers", "list"]) == 0
    assert "\tdisabled\t" in capsys.readouterr().out
    assert main(["speakers", "enable", "east"]) == 0
    assert second.encode() not in (home / "xiangyin.db").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "a/b", "--village", VILLAGE], "写得不对"),
        (["add", "east", "--village", "5101"], "写得不对"),
        (["key", "nobody"], "没有这个音箱"),
        (["disable", "nobody"], "没有这个音箱"),
        (["broker", "x"], "XIANGYIN_SPEAKER_MQTT_USER"),
    ],
)
def test_what_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speakers", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_device_is_registered_once(capsys: pytest.CaptureFixture[str]) -> None:
    add = ["speakers", "add", "east", "--village", VILLAGE]
    assert main(add) == 0
    assert main(add) == 2
    assert "已经有了" in capsys.readouterr().err


def test_the_broker_takes_the_files_that_are_written_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XIANGYIN_SPEAKER_MQTT_USER", "server")
    monkeypatch.setenv("XIANGYIN_SPEAKER_MQTT_PASSWORD", "a password")
    assert main(["speakers", "add", "east", "--village", VILLAGE]) == 0
    key = key_in(capsys.readouterr().out)
    process = BrokerProcess(tmp_path / "broker", free_port())
    assert main(["speakers", "broker", str(process.folder)]) == 0
    assert (process.folder / "passwords").stat().st_mode & 0o007 == 0
    process.start()

    async def connect(user: str, password: str) -> None:
        async with Broker.at(process.url, user, password).client(user):
            pass

    try:
        asyncio.run(connect("server", "a password"))
        asyncio.run(connect("east", key))
    finally:
        process.end(signal.SIGKILL)


@pytest.mark.parametrize(
    ("name", "value"), [("XIANGYIN_SPEAKER_MQTT", "http://x"), ("XIANGYIN_SPEAKER_DRILLS", "perhaps")]
)
def test_a_wrong_setting_is_said(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["speakers", "list"]) == 2
    assert name in capsys.readouterr().err


def test_the_simulator_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speaker", "--id", "east", "--key", "k", "--out", str(tmp_path)]) == 2
    assert "--server" in capsys.readouterr().err
