"""Accounts in both databases: adding, changing, closing, passwords, the audit log."""

import asyncio
import json
from datetime import datetime

import pytest
from sqlalchemy import select

from knowledge_base.curation.accounts import TERMINAL, Account, Forbidden, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.models import AccountRow, AuditRow
from knowledge_base.curation.passwords import WeakPassword
from knowledge_base.curation.staff import (
    BadName,
    LastOperator,
    NameTaken,
    NoRole,
    NoSuchAccount,
    Staff,
    WrongPassword,
)
from knowledge_base.store import Store
from tests.fakes.console import PASSWORD, Clock, quick_passwords, wide

AGENT = frozenset({Role.AGENT})
OPERATOR = frozenset({Role.OPERATOR})


def staff_of(store: Store, now: datetime) -> Staff:
    clock = Clock(now)
    return Staff(store, quick_passwords(), Audit(clock), clock)


@pytest.fixture
def staff(any_store: Store, now: datetime) -> Staff:
    return staff_of(any_store, now)


@pytest.fixture
def sqlite_staff(store: Store, now: datetime) -> Staff:
    """For what no database has a say in."""
    return staff_of(store, now)


async def test_an_account_from_first_to_last(staff: Staff, any_store: Store, now: datetime) -> None:
    issued = await staff.add(TERMINAL, f"  {wide('Zhao')} ", "赵\0 敏", OPERATOR, PASSWORD)
    assert (issued.name, issued.password, issued.must_change) == ("zhao", PASSWORD, False)
    zhao = await staff.get("zhao")
    assert zhao.account == Account("zhao", "赵 敏", OPERATOR, 0)
    assert zhao.created_at == now

    started = await staff.add(zhao.account, "王芳", "", AGENT | {Role.REVIEWER})
    wang = await staff.get("王芳")
    assert wang.must_change
    assert wang.account.shown == "王芳"
    assert [member.account.name for member in await staff.all()] == ["zhao", "王芳"]

    fresh = await staff.change_password(wang.account, started.password, "another-good-one")
    assert fresh.epoch == wang.account.epoch + 1
    assert await staff.current("王芳", wang.account.epoch) is None
    current = await staff.current("王芳", fresh.epoch)
    assert current is not None
    assert not current.must_change

    await staff.change(zhao.account, "王芳", "王芳芳", AGENT)
    await staff.change(zhao.account, "王芳", "王芳芳", AGENT)  # nothing new: not in the log
    assert await staff.current("王芳", fresh.epoch) is None  # other roles end the session
    await staff.close(zhao.account, "王芳")
    closed = await staff.get("王芳")
    assert closed.disabled
    assert await staff.current("王芳", closed.account.epoch) is None
    await staff.reopen(zhao.account, "王芳")
    reset = await staff.reset(zhao.account, "王芳")
    assert (await staff.get("王芳")).must_change

    events = await Audit(Clock(now)).recent(any_store, subject="王芳", limit=10)
    assert [(event.account, event.action) for event in events] == [
        ("zhao", "account.reset"),
        ("zhao", "account.reopen"),
        ("zhao", "account.close"),
        ("zhao", "account.change"),
        ("王芳", "account.password"),
        ("zhao", "account.add"),
    ]
    assert events[3].detail == {
        "shown": "王芳芳",
        "roles": ["agent"],
        "before": {"shown": "王芳", "roles": ["agent", "reviewer"]},
    }
    async with any_store.session() as session:
        log = json.dumps([row.detail for row in await session.scalars(select(AuditRow))])
        kept = [row.password for row in await session.scalars(select(AccountRow))]
    for secret in (PASSWORD, started.password, reset.password, "another-good-one", *kept):
        assert secret not in log


async def test_what_is_refused(sqlite_staff: Staff) -> None:
    staff = sqlite_staff
    await staff.add(TERMINAL, "zhao", "赵", OPERATOR, PASSWORD)
    for name in ("z", "z" * 41, "zhao li", "<b>zhao", "@terminal", ".x", "a/b", ""):
        with pytest.raises(BadName):
            await staff.add(TERMINAL, name, "", AGENT)
    with pytest.raises(NameTaken):
        await staff.add(TERMINAL, "ZHAO", "", AGENT)
    with pytest.raises(NoRole):
        await staff.add(TERMINAL, "wang", "", frozenset())
    with pytest.raises(NoRole):
        await staff.change(TERMINAL, "zhao", "", frozenset())
    with pytest.raises(WeakPassword):
        await staff.add(TERMINAL, "wang", "", AGENT, "kurz")
    zhao = (await staff.get("zhao")).account
    with pytest.raises(WrongPassword):
        await staff.change_password(zhao, "not-the-password", "another-good-one")
    with pytest.raises(WeakPassword, match="same"):
        await staff.change_password(zhao, PASSWORD, PASSWORD)
    for missing in (staff.close, staff.reopen, staff.reset):
        with pytest.raises(NoSuchAccount):
            await missing(zhao, "nobody")
    assert [member.account for member in await staff.all()] == [zhao]


async def test_only_operators_manage(sqlite_staff: Staff) -> None:
    staff = sqlite_staff
    await staff.add(TERMINAL, "wang", "王", AGENT | {Role.REVIEWER}, PASSWORD)
    await staff.add(TERMINAL, "zhao", "赵", OPERATOR, PASSWORD)
    wang = (await staff.get("wang")).account
    before = await staff.all()
    for attempt in (
        staff.add(wang, "li", "", OPERATOR),
        staff.change(wang, "wang", "", OPERATOR),
        staff.close(wang, "zhao"),
        staff.reopen(wang, "zhao"),
        staff.reset(wang, "zhao"),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert await staff.all() == before


async def test_the_last_operator_stays(sqlite_staff: Staff) -> None:
    staff = sqlite_staff
    await staff.add(TERMINAL, "zhao", "赵", OPERATOR, PASSWORD)
    await staff.add(TERMINAL, "qian", "钱", OPERATOR, PASSWORD)
    await staff.close(TERMINAL, "qian")  # closed operators do not count
    for attempt in (staff.close(TERMINAL, "zhao"), staff.change(TERMINAL, "zhao", "赵", AGENT)):
        with pytest.raises(LastOperator):
            await attempt
    zhao = await staff.get("zhao")
    assert not zhao.disabled
    assert zhao.account.roles == OPERATOR


async def test_two_operators_cannot_remove_each_other_at_once(staff: Staff) -> None:
    for name in ("zhao", "qian"):
        await staff.add(TERMINAL, name, name, OPERATOR, PASSWORD)
    ends = await asyncio.gather(
        staff.close(TERMINAL, "zhao"), staff.change(TERMINAL, "qian", "钱", AGENT), return_exceptions=True
    )
    assert [type(end) for end in ends if end is not None] == [LastOperator]


async def test_one_name_added_twice_at_once_is_one_account(staff: Staff) -> None:
    ends = await asyncio.gather(
        *(staff.add(TERMINAL, "zhao", str(n), OPERATOR, PASSWORD) for n in range(4)), return_exceptions=True
    )
    assert [type(end) for end in ends].count(NameTaken) == 3
    assert len(await staff.all()) == 1


async def test_signing_out_ends_the_sessions_of_that_time_only(sqlite_staff: Staff) -> None:
    staff = sqlite_staff
    await staff.add(TERMINAL, "zhao", "赵", OPERATOR, PASSWORD)
    zhao = (await staff.get("zhao")).account
    await staff.sign_out(zhao)
    later = (await staff.get("zhao")).account
    await staff.sign_out(zhao)
    assert await staff.current("zhao", zhao.epoch) is None
    assert await staff.current("zhao", later.epoch) is not None


async def test_the_log_is_read_page_by_page(sqlite_staff: Staff, store: Store, now: datetime) -> None:
    staff = sqlite_staff
    await staff.add(TERMINAL, "zhao", "赵", OPERATOR, PASSWORD)
    zhao = (await staff.get("zhao")).account
    for n in range(5):
        await staff.change(zhao, "zhao", f"赵{n}", OPERATOR)
    audit = Audit(Clock(now))
    first = await audit.recent(store, account="zhao", limit=3)
    rest = await audit.recent(store, account="zhao", limit=3, before_id=first[-1].id)
    assert [event.detail["shown"] for event in (*first, *rest)] == ["赵4", "赵3", "赵2", "赵1", "赵0"]
