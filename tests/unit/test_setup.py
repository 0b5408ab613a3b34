"""Set-up on a machine that is not as it should be."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from deploy import setup


def test_an_environment_that_was_interrupted_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = tmp_path / "env"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").touch()
    monkeypatch.setattr(setup, "VENV", environment)
    made: list[bool] = []
    monkeypatch.setattr(setup.venv, "create", lambda _folder, *, with_pip, clear: made.append(with_pip and clear))
    lock = tmp_path / "lock"
    lock.touch()
    assert setup.make_environment(environment, [lock], lambda _: None)
    assert made == [True]
    assert not setup.make_environment(environment, [lock], lambda _: None), "the second time there is nothing to do"


def test_a_python_without_ensurepip_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, ["python", "-m", "ensurepip"])

    monkeypatch.setattr(setup.venv, "create", refuse)
    lock = tmp_path / "lock"
    lock.touch()
    with pytest.raises(setup.StepFailed, match="python3-venv"):
        setup.make_environment(tmp_path / "env", [lock], lambda _: None)


def test_a_mirror_set_for_pip_serves_the_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert setup.installer_environment()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert setup.installer_environment()["UV_DEFAULT_INDEX"] == "https://other.example/simple"
    assert os.environ["UV_DEFAULT_INDEX"] == "https://other.example/simple"


def test_a_second_set_up_waits_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "LOG", tmp_path / "var" / "setup.log")
    order: list[str] = []

    def second() -> None:
        with setup.only_setup():
            order.append("second")

    with setup.only_setup():
        thread = threading.Thread(target=second)
        thread.start()
        while "another set-up" not in capsys.readouterr().out:
            thread.join(0.01)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]
