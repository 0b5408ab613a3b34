"""The pages of prices: import with a dry run and columns set right, what waits, markets and sources."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from knowledge_base.curation.console import pages_prices
from knowledge_base.curation.workbook.columns import wording
from knowledge_base.markets.held import Held
from knowledge_base.markets.overview import Overview
from knowledge_base.markets.uploads import Uploads
from knowledge_base.store import Store
from tests.fakes.console import Browser, FakeConsole, fake_console
from tests.fakes.market import Fair, ago, row

MAIN = "/console/prices"
GOOD = "品名,市场,地区,日期,价格\n玉米,<b>大集,411424,2026-11-21,2.36\n月球石,大集,411424,2026-11-21,2\n"


@pytest.fixture
def fair(store: Store, now: datetime) -> Fair:
    return Fair(store, now)


@pytest.fixture
async def console(store: Store, now: datetime, fair: Fair, tmp_path: Path) -> AsyncIterator[FakeConsole]:
    def routers(console: FakeConsole) -> list[object]:
        audit = console.parts.audit
        market = pages_prices.Market(
            quotes=fair.quotes,
            held=Held(store, audit, console.clock),
            overview=Overview(store),
            uploads=Uploads(store, fair.intake, tmp_path / "in", audit, console.clock),
            place_name=lambda code: f"地方{code}",
        )
        return [pages_prices.routes(console.kit, market, patience=20)]

    async with fake_console(store, now, routers) as console:  # type: ignore[arg-type]
        yield console


async def bring(browser: Browser, text: str | bytes, **said: str) -> httpx.Response:
    await browser.get(f"{MAIN}/import")
    data = text if isinstance(text, bytes) else text.encode()
    return await browser.post(f"{MAIN}/import", {"source": "某局", **said}, files={"file": ("a.csv", data)})


async def test_up_checked_columns_set_right_and_taken(console: FakeConsole, fair: Fair, tmp_path: Path) -> None:
    agent = await console.client("agent")
    sent = await bring(agent, GOOD)
    where = sent.headers["location"]
    page = await agent.follow(sent)
    assert page.status_code == 422
    assert "没有写单位" in page.text
    changed = await agent.post(f"{where}/columns", {"unit": "元/公斤", "column_product": "品名", "source": "新名字"})
    page = await agent.follow(changed)
    assert "新的 1 条" in page.text
    assert "有问题的 1 条" in page.text
    assert "第 3 行: 品名“月球石”不认识。" in page.text
    assert '<option value="元/公斤" selected>' in page.text
    assert "第 3 行" in (await agent.get(f"{where}/problems.txt")).text
    taken = await agent.follow(await agent.post(where))
    assert "新加 1 条" in taken.text
    assert list((tmp_path / "in").iterdir()) == []
    (quote,) = await fair.quotes.latest("玉米")
    assert (quote.market, quote.source, f"{quote.mid:f}") == ("<b>大集", "新名字", "1.18")
    start = await agent.get(MAIN)
    assert "新名字" in start.text
    assert "&lt;b&gt;大集" in start.text
    assert "地方411424" in start.text
    market = await agent.get(f"{MAIN}/markets/{quote.market_id}")
    assert "1.18 元/斤" in market.text
    gone = await agent.get(where)
    assert gone.status_code == 404
    assert wording().refused["gone"] in gone.text
    log = await (await console.client("operator")).get("/console/audit")
    assert "导入价格" in log.text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "文件是空的"),
        (b"\x00\x01\x02\xff", "没有认出列名"),
        (b"PK\x03\x04rubbish", "文件坏了"),
        ("品名,市场,地区,日期,价格(元/斤)\n".encode(), "没有内容"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told_in_one_sentence(console: FakeConsole, data: bytes, says: str) -> None:
    agent = await console.client("agent")
    page = await agent.follow(await bring(agent, data))
    assert page.status_code == 422
    assert says in page.text


async def test_what_was_typed_comes_back_and_too_much_is_refused(console: FakeConsole) -> None:
    agent = await console.client("agent")
    await agent.get(f"{MAIN}/import")
    page = await agent.post(f"{MAIN}/import", {"source": "", "market": "<i>我的市场"})
    assert page.status_code == 422
    assert "&lt;i&gt;我的市场" in page.text
    assert "请写明价格是哪里来的" in page.text
    big = await agent.post(f"{MAIN}/import", {"source": "x"}, files={"file": ("a.csv", b"x" * 10_200_000)})
    assert big.status_code == 413
    sent = await bring(agent, GOOD, unit="元/公斤")
    dropped = await agent.follow(await agent.post(f"{sent.headers['location']}/drop"))
    assert "不导入了" in dropped.text


async def test_held_prices_wait_for_those_who_may_decide(console: FakeConsole, fair: Fair) -> None:
    await fair.bring(*(row("玉米", "大集", "411424", ago(n), "1.18") for n in range(3, 8)))
    await fair.bring(row("玉米", "大集", "411424", ago(2), "118"), row("玉米", "大集", "411424", ago(1), "119"))
    operator = await console.client("operator")
    page = await operator.get(f"{MAIN}/held")
    assert "118 元/斤" in page.text
    assert "1.18 元/斤" in page.text
    assert "放行选上的" not in page.text
    assert (await operator.post(f"{MAIN}/held", {"key": "p6", "deed": "release"})).status_code == 403
    reviewer = await console.client("reviewer")
    assert "等人看的价格" in (await reviewer.get("/console/")).text
    page = await reviewer.get(f"{MAIN}/held")
    keys = re.findall(r'name="key" value="(\w+)"', page.text)
    assert (await reviewer.post(f"{MAIN}/held", {"deed": "release"})).status_code == 422
    done = await reviewer.follow(await reviewer.post(f"{MAIN}/held", {"key": keys[0], "deed": "reject"}))
    assert "1 条不用了" in done.text
    done = await reviewer.follow(await reviewer.post(f"{MAIN}/held", {"key": keys, "deed": "release"}))
    assert "放行了 1 条" in done.text
    assert "没有要看的价格" in done.text


async def test_who_may_what(console: FakeConsole) -> None:
    nobody = await console.client()
    for path in ("", "/held", "/import", "/markets/1", "/imports/x"):
        assert (await nobody.get(MAIN + path)).status_code == 303
    reviewer = await console.client("reviewer")
    assert (await reviewer.get(MAIN)).status_code == 200
    assert (await reviewer.get(f"{MAIN}/import")).status_code == 403
    assert (await bring(reviewer, GOOD)).status_code == 403
    assert (await reviewer.get(f"{MAIN}/markets/1")).status_code == 404
    agent = await console.client("agent")
    other = (await bring(agent, GOOD, unit="元/公斤")).headers["location"]
    assert (await agent.get(other)).status_code == 200
    assert (await (await console.client("operator")).get(other)).status_code == 403


async def test_a_search_finds_markets_by_name_and_code(console: FakeConsole, fair: Fair) -> None:
    await fair.bring(row("玉米", "东关", "411424", ago(1), "1.2"), row("玉米", "西关%", "370783", ago(9), "1.2"))
    agent = await console.client("agent")
    assert "西关" not in (await agent.get(f"{MAIN}?text=东")).text
    assert "东关" not in (await agent.get(f"{MAIN}?text=3707")).text
    assert "东关" not in (await agent.get(f"{MAIN}?text=%25")).text
    assert "没有这样的市场" in (await agent.get(f"{MAIN}?text=北关")).text
    assert "旧了" in (await agent.get(MAIN)).text
