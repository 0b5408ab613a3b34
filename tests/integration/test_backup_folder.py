"""`xiangyin backup FOLDER/`: a folder, whether it is there yet or not, and each backup under a name of its own."""

import asyncio
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import Settings
from knowledge_base.store import open_store


async def _database(home: Path) -> None:
    async with open_store(Settings(home=home, _env_file=None).database):  # type: ignore[call-arg]
        pass


@pytest.mark.parametrize("there", [True, False], ids=["there", "not there"])
def test_what_ends_with_a_slash_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    asyncio.run(_database(tmp_path))
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    folder = tmp_path / "stick" / "backups"
    if there:
        folder.mkdir(parents=True)
    assert main(["backup", f"{folder}/"]) == 0
    (saved,) = folder.iterdir()
    assert saved.name.startswith("xiangyin-")
    assert saved.suffix == ".backup"
    if not there:
        assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_database(tmp_path))
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    (tmp_path / "file").touch()
    assert main(["backup", f"{tmp_path}/file/"]) == 2
    assert "nothing was saved" in capsys.readouterr().err
