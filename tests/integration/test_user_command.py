"""`xiangyin user`: the first operator, made at the machine."""

import io
from pathlib import Path

import pytest

from bot.cli import main
from tests.fakes.console import PASSWORD


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(["user", *arguments])


def test_the_first_operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> None:
    add = ("add", "Zhao", "--role", "operator", "--role", "agent", "--shown", "赵敏", "--password-stdin")
    assert run(monkeypatch, *add, typed=f"{PASSWORD}\n") == 0
    assert run(monkeypatch, *add, typed=f"{PASSWORD}\n") == 2
    assert run(monkeypatch, "password", "zhao", "--password-stdin", typed="another-good-one\r\n") == 0
    assert run(monkeypatch, "list") == 0
    said = capsys.readouterr()
    assert "zhao\t赵敏\tagent,operator\topen\n" in said.out
    assert "已经有了" in said.err
    assert PASSWORD not in said.out + said.err
    assert PASSWORD.encode() not in (home / "xiangyin.db").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("add", "zhao", "--role", "agent", "--password-stdin"), "kurz\n", "至少要 10 个字符"),
        (("add", "zhao", "--role", "agent", "--password-stdin"), "", "the password is empty"),
        (("add", "zhao", "--role", "agent"), PASSWORD, "use --password-stdin"),
        (("add", "z", "--role", "agent", "--password-stdin"), PASSWORD, "2 到 40 个字"),
        (("password", "nobody", "--password-stdin"), PASSWORD, "没有这个账号"),
    ],
)
def test_what_is_refused(
    arguments: tuple[str, ...],
    typed: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, *arguments, typed=typed) == 2
    assert said in capsys.readouterr().err


def test_at_a_terminal_it_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = [PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD]
    monkeypatch.setattr("getpass.getpass", lambda _: typed.pop(0))
    monkeypatch.setattr("sys.stdin", Terminal())
    assert main(["user", "add", "zhao", "--role", "operator"]) == 2
    assert "the two passwords differ" in capsys.readouterr().err
    assert main(["user", "add", "zhao", "--role", "operator"]) == 0
