"""The pages for accounts, the audit log and the start page, without a browser."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from knowledge_base.curation.accounts import TERMINAL, Account, Role
from knowledge_base.curation.console.kit import Tile
from knowledge_base.curation.console.pages_audit import PAGE
from knowledge_base.store import Store
from tests.fakes.console import FakeConsole, fake_console


@pytest.fixture
async def console(store: Store, now: datetime) -> AsyncIterator[FakeConsole]:
    async with fake_console(store, now) as console:
        yield console


async def test_an_operator_adds_somebody_who_signs_in(console: FakeConsole) -> None:
    operator = await console.client("operator")
    form = {"name": "Zhang-San", "shown": "张三", "roles": ["agent", "reviewer"], "password": ""}
    page = await operator.post("/console/accounts/new", form)
    found = re.search(r"<code>([\w-]{14})</code>", page.text)
    assert found is not None
    start = found[1]
    assert page.headers["cache-control"] == "no-store"
    for path in ("/console/accounts", "/console/accounts/of/zhang-san", "/console/audit"):
        shown = (await operator.get(path)).text
        assert "张三" in shown
        assert start not in shown
    new = await console.client()
    answer = await new.post("/console/sign-in", {"name": "zhang-san", "password": start})
    assert answer.status_code == 303


async def test_what_was_typed_comes_back_with_the_faults(console: FakeConsole) -> None:
    operator = await console.client("operator")
    form = {"name": "agent", "shown": "张三", "roles": ["reviewer"], "password": ""}
    taken = await operator.post("/console/accounts/new", form)
    assert taken.status_code == 422
    assert 'role="alert"' in taken.text
    assert 'aria-describedby="name-hint name-error"' in taken.text
    assert 'value="张三"' in taken.text
    assert re.search(r'value="reviewer" checked', taken.text)
    assert not re.search(r'value="agent" checked', taken.text)
    for change, said in (
        ({"name": "z"}, "账号名要 2 到 40 个字"),
        ({"name": "zhang", "roles": []}, "至少选一个角色"),
        ({"name": "zhang", "roles": ["king"]}, "至少选一个角色"),
        ({"name": "zhang", "password": "1234567890"}, "这个密码很多人用"),
    ):
        answer = await operator.post("/console/accounts/new", {**form, **change})
        assert (answer.status_code, said in answer.text) == (422, True)
    assert len(await console.parts.staff.all()) == 3


async def test_an_account_is_changed_closed_opened_and_given_a_password(console: FakeConsole) -> None:
    operator = await console.client("operator")
    one = "/console/accounts/of/agent"
    changed = await operator.follow(await operator.post(one, {"shown": "王小农", "roles": ["agent", "operator"]}))
    assert "改好了。" in changed.text
    assert "改好了。" not in (await operator.get(one)).text  # said once
    assert (await console.parts.staff.get("agent")).account.roles == {Role.AGENT, Role.OPERATOR}
    assert "已停用" in (await operator.follow(await operator.post(f"{one}/close"))).text
    assert "已启用" in (await operator.follow(await operator.post(f"{one}/reopen"))).text
    assert (await operator.post(f"{one}/password", {"password": "kurz"})).status_code == 422
    issued = await operator.post(f"{one}/password", {"password": ""})
    assert "只显示这一次" in issued.text
    assert (await console.parts.staff.get("agent")).must_change


async def test_the_last_operator_is_told_why_not(console: FakeConsole) -> None:
    operator = await console.client("operator")
    one = "/console/accounts/of/operator"
    for answer in (
        await operator.post(one, {"shown": "赵管理", "roles": ["agent"]}),
        await operator.post(f"{one}/close"),
    ):
        assert answer.status_code == 422
        assert "最后一个管理员" in answer.text
    assert (await operator.get("/console/accounts")).status_code == 200


async def test_the_log_is_filtered_and_paged(console: FakeConsole) -> None:
    for n in range(PAGE + 2):
        await console.parts.staff.change(TERMINAL, "agent", f"王{n:03}", frozenset({Role.AGENT}))
    operator = await console.client("operator")
    first = (await operator.get("/console/audit?subject=agent")).text
    assert "王051" in first
    older = re.search(r'href="([^"]+before=\d+)"', first)
    assert older is not None
    second = (await operator.get(older[1].replace("&amp;", "&"))).text
    assert "王000" in second
    assert "王农技" in second
    assert "王051" not in second
    mine = (await operator.get("/console/audit?account=operator")).text
    assert "王0" not in mine
    assert "登录" in mine
    assert "没有记录" in (await operator.get("/console/audit?account=nobody")).text


async def test_the_start_page_shows_what_waits_for_whom(console: FakeConsole) -> None:
    async def drafts(account: Account) -> Tile | None:
        return Tile("我的草稿", 3, "/console/entries?mine=1") if account.may(Role.AGENT) else None

    console.kit.tile(drafts)
    agent = await console.client("agent")
    page = (await agent.get("/console/")).text
    assert "我的草稿" in page
    assert "3 件" in page
    assert 'href="/console/entries?mine=1"' in page
    reviewer = await console.client("reviewer")
    assert "现在没有等着您的事" in (await reviewer.get("/console/")).text
    assert (await agent.get("/console")).status_code in {303, 307}
