"""What cannot be started or done is one sentence, never a traceback."""

import socket
from pathlib import Path

import pytest

from bot.channels.web.server import AddressTaken, AddressUnusable, HttpServer
from bot.cli import main
from bot.serve import serve
from bot.settings import Settings
from tests.acceptance.stage import free_port


async def test_an_address_of_another_machine_is_told_apart_from_one_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = {"host": "192.0.2.1", "port": free_port()}  # of documentation, nobody's
    with pytest.raises(AddressUnusable, match=r"192\.0\.2\.1"):
        HttpServer("192.0.2.1", 80).check()
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(AddressTaken) as taken:
        HttpServer(*other.getsockname()).check()
    assert type(taken.value) is AddressTaken
    given = Settings(home=tmp_path, rasa_python=tmp_path / "none", _env_file=None, **elsewhere)  # type: ignore[call-arg, arg-type]
    assert await serve(given) == 1
    said = capsys.readouterr()
    assert "XIANGYIN_HOST" in said.out + said.err
    assert "taken by another program" not in said.out + said.err


@pytest.mark.parametrize(
    "command",
    [["user", "list"], ["speakers", "list"], ["prices", "import", "FILE"]],
    ids=" ".join,
)
def test_a_damaged_database_is_one_sentence_for_each_command(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "xiangyin.db").write_bytes(b"no database at all" * 100)
    (tmp_path / "list.csv").write_text("code,name,latitude,longitude\n411424100201,李庄,34.1,115.3\n", "utf-8")
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    assert main([word.replace("FILE", str(tmp_path / "list.csv")) for word in command]) != 0
    said = capsys.readouterr().err
    assert "file is not a database" in said
    assert "doctor" in said
    assert "Traceback" not in said
