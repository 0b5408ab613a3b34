"""The console's door over HTTP: sessions, roles, forged forms, markup in names."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from knowledge_base.curation.accounts import TERMINAL, Role
from knowledge_base.curation.console.session import COOKIE
from knowledge_base.store import Store
from tests.fakes.console import HOST, PASSWORD
from tests.fakes.desk import Desk, open_desk

PAGES = (
    "/console/",
    "/console/password",
    "/console/accounts",
    "/console/accounts/new",
    "/console/audit",
    "/console/desk",
)


@pytest.fixture
async def desk(store: Store, now: datetime) -> AsyncIterator[Desk]:
    async with open_desk(store, now) as desk:
        yield desk


async def test_nobody_gets_in_without_signing_in(desk: Desk) -> None:
    nobody = await desk.console.client()
    for path in PAGES:
        answer = await nobody.get(f"{path}?a=1")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/console/sign-in?next={path}%3Fa%3D1"
    by_htmx = await nobody.get("/console/desk", {"HX-Request": "true"})
    assert by_htmx.status_code == 401
    assert (await nobody.post("/console/desk", {"text": "玉米"})).status_code == 401
    assert desk.written == []


async def test_signing_in_leads_where_one_wanted_to_go(desk: Desk) -> None:
    someone = await desk.console.client()
    form = {"name": "agent", "password": PASSWORD}
    for target, end in (
        ("/console/desk?a=1", "/console/desk?a=1"),
        ("//evil.example/", "/console/"),
        ("", "/console/"),
    ):
        page = await someone.get("/console/sign-in")
        assert page.status_code == 200
        answer = await someone.post("/console/sign-in", {**form, "next": target})
        assert (answer.status_code, answer.headers["location"]) == (303, end)
    page = await someone.get('/console/sign-in?next="><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    page = await someone.get("/console/sign-in?next=https://evil.example/console/")
    assert "evil" not in page.text


async def test_wrong_passwords_and_the_lock_are_told_plainly(desk: Desk) -> None:
    someone = await desk.console.client()
    empty = await someone.post("/console/sign-in", {"name": "agent", "password": ""})
    assert (empty.status_code, "都要填" in empty.text) == (422, True)
    for name in ("agent", "nobody"):
        answers = [await someone.post("/console/sign-in", {"name": name, "password": "wrong"}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 4 + [429] * 2
        assert f'value="{name}"' in answers[0].text
        assert "账号或密码不对" in answers[0].text
        assert "15 分钟" in answers[-1].text
    assert COOKIE not in someone.http.cookies


async def test_roles_on_each_kind_of_page(desk: Desk) -> None:
    reviewer = await desk.console.client("reviewer")
    refused = [
        await reviewer.get("/console/accounts"),
        await reviewer.get("/console/accounts/of/agent"),
        await reviewer.get("/console/audit"),
        await reviewer.post("/console/accounts/new", {"name": "mine", "roles": "operator"}),
        await reviewer.post("/console/accounts/of/reviewer", {"roles": ["operator", "reviewer"]}),
        await reviewer.post("/console/accounts/of/agent/password"),
        await reviewer.post("/console/accounts/of/operator/close"),
        await reviewer.post("/console/desk", {"text": "玉米"}),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert "您的账号不能做这件事" in refused[0].text
    assert desk.written == []
    assert len(await desk.console.parts.staff.all()) == 3
    start = (await reviewer.get("/console/")).text
    assert "/console/accounts" not in start
    assert "/console/audit" not in start
    operator = await desk.console.client("operator")
    assert "/console/accounts" in (await operator.get("/console/")).text


async def test_a_form_needs_its_sessions_token(desk: Desk) -> None:
    agent = await desk.console.client("agent")
    other = await desk.console.client("agent")
    reviewer = await desk.console.client("reviewer")
    for browser in (agent, other, reviewer):
        await browser.get("/console/desk")
    mine = agent.token
    missing = await agent.http.post("/console/desk", data={"text": "玉米"})
    assert (missing.status_code, "这一页太旧了" in missing.text) == (403, True)
    for token in ("0" * 64, mine[:-1], other.token, reviewer.token):
        agent.token = token
        answer = await agent.post("/console/desk", {"text": "<b>玉米</b>", "my_password": PASSWORD})
        assert answer.status_code == 403
        assert "&lt;b&gt;玉米" in answer.text  # to be copied, not lost
        assert PASSWORD not in answer.text
    assert desk.written == []
    headers = {"X-CSRF-Token": mine, "Origin": HOST}
    assert (await agent.http.post("/console/desk", data={"text": "一"}, headers=headers)).status_code == 303
    agent.token = mine
    assert (await agent.post("/console/desk", {"text": "二"})).status_code == 303
    wrong = {"X-CSRF-Token": other.token, "Origin": HOST}  # the header counts where there is one
    assert (await agent.http.post("/console/desk", data={"csrf": mine}, headers=wrong)).status_code == 403
    assert desk.written == ["一", "二"]


async def test_a_form_must_come_from_this_host(desk: Desk) -> None:
    agent = await desk.console.client("agent")
    await agent.get("/console/desk")
    for origin in ("https://evil.example", "null", "http://testserver.evil.example", ""):
        for path in ("/console/desk", "/console/sign-in", "/console/sign-out"):
            answer = await agent.post(
                path, {"text": "玉米", "name": "agent", "password": PASSWORD}, headers={"Origin": origin}
            )
            assert (answer.status_code, "玉米" in answer.text) == (403, False)
    del agent.http.headers["Origin"]
    assert (await agent.post("/console/desk", {"text": "玉米"})).status_code == 403
    assert (
        await agent.post("/console/desk", {"text": "玉米"}, headers={"Sec-Fetch-Site": "cross-site"})
    ).status_code == 403
    assert desk.written == []
    assert (
        await agent.post("/console/desk", {"text": "好"}, headers={"Sec-Fetch-Site": "same-origin"})
    ).status_code == 303


async def test_a_cookie_is_worth_nothing_once_its_session_has_ended(desk: Desk) -> None:
    async def opens(cookie: str) -> bool:
        answer = await nobody.get("/console/desk", {"Cookie": f"{COOKIE}={cookie}"})
        return answer.status_code == 200

    nobody = await desk.console.client()
    staff, terminal = desk.console.parts.staff, TERMINAL

    async def sign_out() -> None:
        answer = await agent.post("/console/sign-out")
        assert "已经退出" in (await agent.follow(answer)).text
        assert COOKIE not in agent.http.cookies

    async def change_password() -> None:
        form = {"present_password": PASSWORD, "new_password": "another-good-one", "again_password": "another-good-one"}
        answer = await agent.post("/console/password", form)
        assert "密码改好了" in (await agent.follow(answer)).text  # this one goes on, with a new cookie
        await staff.reset(terminal, "agent", PASSWORD)

    async def change_roles() -> None:
        await staff.change(terminal, "agent", "王农技", frozenset({Role.AGENT, Role.REVIEWER}))

    async def close() -> None:
        await staff.close(terminal, "agent")
        await staff.reopen(terminal, "agent")

    async def wait() -> None:
        desk.console.clock.now += timedelta(hours=12)

    for end in (sign_out, change_password, change_roles, close, wait):
        agent = await desk.console.client("agent")
        cookie = agent.http.cookies[COOKIE]
        assert await opens(cookie)
        await end()
        assert not await opens(cookie), end.__name__
    for forged in ("x", cookie[:-2] + "aa", "WyJvcGVyYXRvciIsMCwieCIsMF0.AAAA"):
        assert not await opens(forged)


async def test_a_given_password_only_opens_the_page_that_changes_it(desk: Desk) -> None:
    issued = await desk.console.parts.staff.add(TERMINAL, "new", "新来的", frozenset({Role.OPERATOR}))
    new = await desk.console.client()
    await new.post("/console/sign-in", {"name": "new", "password": issued.password})
    for path in ("/console/", "/console/accounts", "/console/desk"):
        answer = await new.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/password")
    assert (await new.post("/console/accounts/of/agent/close")).status_code == 303
    assert not (await desk.console.parts.staff.get("agent")).disabled
    page = await new.get("/console/password")
    assert "现在的密码是别人给的" in page.text
    assert "/console/accounts" not in page.text
    for field, value, said in (
        ("again_password", "different-one", "两遍写的不一样"),
        ("present_password", "not this one", "现在的密码不对"),
        ("new_password", "kurz", "至少要 10 个字符"),
        ("new_password", issued.password, "换一个"),
    ):
        form = {
            "present_password": issued.password,
            "new_password": "a-good-one-now",
            "again_password": "a-good-one-now",
        }
        form[field] = value
        if field == "new_password":
            form["again_password"] = value
        answer = await new.post("/console/password", form)
        assert answer.status_code == 422
        assert said in answer.text
        assert not any(text in answer.text for text in form.values())
    form = {"present_password": issued.password, "new_password": "a-good-one-now", "again_password": "a-good-one-now"}
    assert "密码改好了" in (await new.follow(await new.post("/console/password", form))).text
    assert (await new.get("/console/accounts")).status_code == 200


async def test_names_are_shown_as_text(desk: Desk) -> None:
    operator = await desk.console.client("operator")
    markup = "<script>alert(1)</script>"
    answer = await operator.post("/console/accounts/new", {"name": "<img src=x>", "shown": markup, "roles": "agent"})
    assert answer.status_code == 422
    assert "&lt;img src=x&gt;" in answer.text
    assert (
        await operator.post("/console/accounts/of/operator", {"shown": markup, "roles": "operator"})
    ).status_code == 303
    operator = await desk.console.client("operator")
    for path in ("/console/", "/console/accounts", "/console/accounts/of/operator", "/console/audit"):
        page = (await operator.get(path)).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
    for query in ("account=<script>alert(1)</script>", "subject=%22%3E%3Cimg%3E"):
        page = (await operator.get(f"/console/audit?{query}")).text
        assert "<script>alert" not in page
        assert "<img>" not in page
