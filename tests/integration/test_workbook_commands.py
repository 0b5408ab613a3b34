"""`xiangyin kb export` and `xiangyin kb import`, as a person at the machine uses them."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.cli import main
from knowledge_base.curation.accounts import TERMINAL, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.staff import Staff
from knowledge_base.curation.versions import history
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.console import PASSWORD, quick_passwords
from tests.fakes.workbooks import letter


@pytest.fixture
def home(tmp_path: Path, shipped: Path, words: Words, segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(shipped, tmp_path / "xiangyin.db")
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path))
    monkeypatch.setattr("bot.workbook.Words.load", lambda *_: words)
    monkeypatch.setattr("bot.workbook.Segmenter", lambda *_: segmenter)
    monkeypatch.setattr("bot.workbook.Passwords", quick_passwords)
    return tmp_path


def hire(home: Path, name: str, role: Role, *, closed: bool = False) -> None:
    async def work() -> None:
        store = Store(f"sqlite+aiosqlite:///{home / 'xiangyin.db'}")
        now = datetime(2026, 11, 22, tzinfo=UTC)
        staff = Staff(store, quick_passwords(), Audit(lambda: now), lambda: now)
        await staff.add(TERMINAL, name, "", frozenset({role}), PASSWORD)
        if closed:
            await staff.close(TERMINAL, name)
        await store.close()

    asyncio.run(work())


def draft_author(home: Path, key: str) -> str | None:
    async def work() -> str | None:
        store = Store(f"sqlite+aiosqlite:///{home / 'xiangyin.db'}")
        async with store.session() as session:
            opened = (await history(session, key)).open
        await store.close()
        return opened.author if opened else None

    return asyncio.run(work())


def change(path: Path, column: str, value: str) -> None:
    book = load_workbook(path)
    book.worksheets[0][f"{letter(column)}2"] = value
    book.save(path)


def test_out_changed_and_in_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "maize.xlsx"
    assert main(["kb", "export", str(path), "--text", "maize.borer"]) == 0
    assert "写好了 1 条" in capsys.readouterr().out
    change(path, "spoken", "换一句话。")
    assert main(["kb", "import", str(path), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "~ maize.borer 玉米螟：念出来的话" in said
    assert "有改动 1，没变 0，有问题 0" in said
    assert draft_author(home, "maize.borer") is None
    assert main(["kb", "import", str(path)]) == 2
    assert "--by" in capsys.readouterr().err
    hire(home, "wang", Role.AGENT)
    assert main(["kb", "import", str(path), "--by", "wang"]) == 0
    assert "1 条变成了草稿" in capsys.readouterr().out
    assert draft_author(home, "maize.borer") == "wang"


def test_problems_are_listed_by_cell_and_nothing_is_imported(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "maize.xlsx"
    main(["kb", "export", str(path), "--text", "maize.borer"])
    change(path, "months", "十三")
    hire(home, "wang", Role.AGENT)
    assert main(["kb", "import", str(path), "--by", "wang"]) == 1
    said = capsys.readouterr().out
    assert "✗ 答案!J2 适用月份: 第 1 个“十三”不是月份" in said
    assert "一行也没导入" in said
    assert draft_author(home, "maize.borer") is None


@pytest.mark.parametrize(
    ("who", "said"), [("nobody", "没有这个账号"), ("li", "农技员的身份"), ("sun", "这个账号停用了")]
)
def test_only_an_agent_with_an_open_account_may_import(
    home: Path, capsys: pytest.CaptureFixture[str], who: str, said: str
) -> None:
    hire(home, "zhao", Role.OPERATOR)
    hire(home, "li", Role.REVIEWER)
    hire(home, "sun", Role.AGENT, closed=True)
    assert main(["kb", "import", str(home / "any.xlsx"), "--by", who]) == 2
    assert said in capsys.readouterr().err


def test_files_that_are_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "import", "--dry-run", str(home / "none.xlsx")]) == 2
    (home / "text.xlsx").write_text("编号,标题")
    assert main(["kb", "import", "--dry-run", str(home / "text.xlsx")]) == 2
    assert main(["kb", "export", str(home / "no" / "such" / "folder.xlsx")]) == 2
    said = capsys.readouterr().err
    assert "不是 Excel 文件" in said
    assert said.count("文件打不开") == 2
