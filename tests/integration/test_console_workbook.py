"""The Excel pages: upload, dry run, taking over, download; for the right people, within bounds."""

import io
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from knowledge_base.curation.console import pages_workbook
from knowledge_base.curation.workbook.columns import WorkbookRefused, wording
from knowledge_base.curation.workbook.exchange import Exchange
from knowledge_base.curation.workbook.exports import Exports
from knowledge_base.curation.workbook.imports import Imports
from knowledge_base.curation.workbook.kept import EACH, Kept
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from tests.fakes.console import Browser, FakeConsole, fake_console
from tests.fakes.curation import LI, WANG, Curation
from tests.fakes.entries import entry
from tests.fakes.workbooks import write_rows

MAIN = "/console/workbook"


@pytest.fixture
async def console(store: Store, now: datetime, tmp_path: Path) -> AsyncIterator[FakeConsole]:
    desk = Curation(store)
    await desk.shipped(entry())

    def routers(console: FakeConsole) -> list[object]:
        one = Exchange(
            store, desk.workflow, desk.catalogue, gate=pesticide_gate(), audit=desk.audit, clock=console.clock
        )
        return [
            pages_workbook.routes(
                console.kit,
                Exports(one, tmp_path / "out", console.clock),
                Imports(one, tmp_path / "in", console.clock),
                patience=20,
            )
        ]

    async with fake_console(store, now, routers) as console:  # type: ignore[arg-type]
        yield console


async def bring(browser: Browser, path: Path, name: str = "表.xlsx") -> httpx.Response:
    await browser.get(MAIN)
    return await browser.post(f"{MAIN}/import", files={"file": (name, path.read_bytes())})


async def test_up_checked_and_taken_over(console: FakeConsole, tmp_path: Path) -> None:
    agent = await console.client("agent")
    sent = await bring(agent, write_rows(tmp_path / "a.xlsx", [entry()], {"spoken": "虫<卵，换一句话。"}))
    page = await agent.follow(sent)
    assert "有改动 1 条" in page.text
    assert "念出来的话" in page.text
    assert "虫&lt;卵" in page.text
    taken = await agent.follow(await agent.post(sent.headers["location"]))
    assert "1 条变成了草稿" in taken.text
    assert "/console/entries/maize.borer" in taken.text
    assert list((tmp_path / "in").iterdir()) == []
    gone = await agent.get(sent.headers["location"])
    assert gone.status_code == 404
    assert wording().refused["gone"] in gone.text


async def test_problems_are_shown_and_nothing_can_be_taken_over(console: FakeConsole, tmp_path: Path) -> None:
    agent = await console.client("agent")
    sent = await bring(
        agent,
        write_rows(
            tmp_path / "a.xlsx", [entry()], {"months": "13", "do_now": "打甲胺磷。", "title": "<script>虫</script>"}
        ),
    )
    page = await agent.follow(sent)
    assert "有 3 处要改" in page.text
    assert "答案!J2" in page.text
    assert "有网页代码“&lt;script&gt;”" in page.text
    assert "<script>虫" not in page.text
    assert "变成草稿（" not in page.text
    listed = await agent.get(f"{sent.headers['location']}/problems.txt")
    assert "答案!J2 适用月份: 第 1 个“13”不是月份" in listed.text
    assert "甲胺磷" in listed.text
    refused = await agent.follow(await agent.post(sent.headers["location"]))
    assert "有 3 处要改" in (await agent.follow(refused)).text
    dropped = await agent.follow(await agent.post(f"{sent.headers['location']}/drop"))
    assert "文件已经删掉" in dropped.text
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("表.xlsx", b"not a zip", "not_workbook"),
        ("表.xlsm", b"PK\x03\x04", "macros"),
        ("表.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "old_or_locked"),
        ("空.xlsx", b"", "empty"),
    ],
)
async def test_other_files_are_refused_in_words(console: FakeConsole, name: str, data: bytes, said: str) -> None:
    agent = await console.client("agent")
    sent = await agent.post(f"{MAIN}/import", files={"file": (name, data)})
    page = await agent.follow(sent)
    assert page.status_code == 422
    assert wording().refused[said] in page.text


async def test_no_file_and_a_file_that_is_too_large(console: FakeConsole) -> None:
    agent = await console.client("agent")
    page = await agent.post(f"{MAIN}/import", files={"file": ("", b"")})
    assert page.status_code == 422
    assert "请先选一个 Excel 文件" in page.text
    assert (await agent.post(f"{MAIN}/import", {"file": "no file"})).status_code == 422
    page = await agent.post(f"{MAIN}/import", files={"file": ("a.xlsx", b"P" * 10_050_000)})
    assert page.status_code == 422
    assert "最大 10 MB" in page.text
    page = await agent.post(f"{MAIN}/import", files={"file": ("a.xlsx", b"P" * 11_000_000)})
    assert page.status_code == 413


async def test_an_upload_is_its_owners_alone_and_for_an_hour(console: FakeConsole, tmp_path: Path) -> None:
    agent = await console.client("agent")
    sent = await bring(agent, write_rows(tmp_path / "a.xlsx", [entry()]))
    where = sent.headers["location"]
    for other in ("reviewer", "operator"):
        assert (await (await console.client(other)).get(where)).status_code == 403
        assert (await (await console.client(other)).post(f"{MAIN}/import")).status_code == 403
    for token in ("..%2f..%2fsecret", "x" * 22, "-" * 22):
        assert (await agent.get(f"{MAIN}/imports/{token}")).status_code == 404
    console.clock.now += timedelta(minutes=61)
    assert (await agent.get(where)).status_code == 404


async def test_a_download(console: FakeConsole) -> None:
    reader = await console.client("reviewer")
    assert "导入要有农技员的身份" in (await reader.get(MAIN)).text
    page = await reader.follow(await reader.get(f"{MAIN}/export?kind=agronomy&text=螟&state="))
    assert "一共 1 条答案" in page.text
    found = re.search(r'href="(/console/workbook/exports/[\w-]+/file)"', page.text)
    assert found
    file = await reader.get(found[1])
    assert "2026-11-22.xlsx" in file.headers["content-disposition"]
    assert load_workbook(io.BytesIO(file.content))[wording().sheet]["A2"].value == "maize.borer"
    assert (await (await console.client("agent")).get(found[1])).status_code == 404
    nothing = await reader.follow(await reader.get(f"{MAIN}/export?kind=nonsense&text=没有这个"))
    assert "没有符合的答案" in nothing.text


async def test_a_long_job_shows_how_far_it_is(store: Store, now: datetime, tmp_path: Path) -> None:
    desk = Curation(store)
    await desk.shipped(entry())
    one = Exchange(store, desk.workflow, desk.catalogue, gate=pesticide_gate(), audit=desk.audit, clock=desk.clock)
    exports, imports = Exports(one, tmp_path / "out", desk.clock), Imports(one, tmp_path / "in", lambda: now)
    path = write_rows(tmp_path / "a.xlsx", [entry()], {"spoken": "换一句话。"})
    token = await imports.bring(LI, "a.xlsx", path.read_bytes())
    job = imports.check(LI, token)
    assert imports.check(LI, token) is job
    assert job.percent == 0
    assert len((await job.task).to_save) == 1
    assert job.percent == 100
    async with fake_console(
        store, now, lambda console: [pages_workbook.routes(console.kit, exports, imports, patience=0)]
    ) as console:
        agent = await console.client("agent")
        page = await agent.follow(await bring(agent, path))
        assert page.headers["refresh"] == "2"
        assert "<progress" in page.text
        assert "正在检查文件" in page.text


def test_uploads_are_bounded_and_cleaned(tmp_path: Path, now: datetime) -> None:
    clock = [now]
    kept = Kept(tmp_path / "in", lambda: clock[0])
    uploads = []
    for n in range(EACH + 2):
        clock[0] += timedelta(minutes=1)
        uploads.append(kept.keep(LI, f"../../{n}.xlsx", b"x" * n))
    assert {folder.name for folder in (tmp_path / "in").iterdir()} == {upload.token for upload in uploads[-EACH:]}
    assert kept.get(LI, uploads[-1].token).name == "4.xlsx"
    with pytest.raises(WorkbookRefused):
        kept.get(WANG, uploads[-1].token)
    (tmp_path / "in" / "half").mkdir()
    clock[0] += timedelta(hours=2)
    kept.keep(WANG, "b.xlsx", b"x")
    assert len(list((tmp_path / "in").iterdir())) == 1
    with pytest.raises(WorkbookRefused):
        kept.keep(WANG, "b.xlsx", b"x" * 10_000_001)
