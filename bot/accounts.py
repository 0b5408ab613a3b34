"""`xiangyin user`: accounts of the console from the machine itself, the first operator's among them."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.settings import Settings
from bot.terminal import refuse, say
from knowledge_base.curation.accounts import TERMINAL, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.texts import load_texts
from knowledge_base.curation.passwords import Passwords, WeakPassword
from knowledge_base.curation.staff import BadName, Member, NameTaken, NoSuchAccount, Staff
from knowledge_base.store import open_store

Work = Callable[[Staff], Awaitable[None]]


class NoPassword(ValueError):
    """No password was given: two that differ, none at all, or no terminal to type one at."""


def add_user(settings: Settings, name: str, shown: str, roles: list[str], *, from_input: bool) -> int:
    """Add an account; the password is asked for, or read from standard input. 2 when something was wrong."""

    async def work(staff: Staff) -> None:
        issued = await staff.add(TERMINAL, name, shown, frozenset(map(Role, roles)), _password(from_input=from_input))
        say(f"账号建好了 / account added: {issued.name}")

    return _run(settings, work)


def set_password(settings: Settings, name: str, *, from_input: bool) -> int:
    """Give an account another password, which ends its sessions and its lock. 2 when something was wrong."""

    async def work(staff: Staff) -> None:
        await staff.reset(TERMINAL, name, _password(from_input=from_input))
        say(f"密码改好了 / password changed: {name}")

    return _run(settings, work)


def list_users(settings: Settings) -> int:
    """All accounts, one a line: name, shown name, roles, state."""

    async def work(staff: Staff) -> None:
        for member in await staff.all():
            roles = ",".join(role for role in Role if role in member.account.roles)
            say(f"{member.account.name}\t{member.account.shown}\t{roles}\t{_state(member)}")

    return _run(settings, work)


def _run(settings: Settings, work: Work) -> int:
    async def on_the_store() -> None:
        async with open_store(settings.database) as store:
            await work(Staff(store, Passwords(), Audit(_now), _now))

    try:
        asyncio.run(on_the_store())
    except WeakPassword as weak:
        return refuse(f"{load_texts().password.errors[weak.reason]} / password refused: {weak.reason}")
    except BadName as fault:
        return refuse(f"{load_texts().accounts.errors.bad_name} / {fault}")
    except NameTaken as fault:
        return refuse(f"{load_texts().accounts.errors.taken} / {fault}")
    except NoSuchAccount as fault:
        return refuse(f"没有这个账号 / {fault}")
    except NoPassword as fault:
        return refuse(f"没有拿到密码，什么都没改 / {fault}")
    return 0


def _password(*, from_input: bool) -> str:
    """Typed twice without being shown, or one line of standard input. Raises `NoPassword`."""
    if from_input:
        typed = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        typed = getpass.getpass("密码 / password: ")
        if typed != getpass.getpass("再来一遍 / again: "):
            raise NoPassword("the two passwords differ")
    else:
        raise NoPassword("no terminal to ask at: use --password-stdin")
    if not typed:
        raise NoPassword("the password is empty")
    return typed


def _state(member: Member) -> str:
    if member.disabled:
        return "disabled"
    if member.locked_until is not None and member.locked_until > _now():
        return f"locked until {member.locked_until:%Y-%m-%d %H:%M} UTC"
    return "must change its password" if member.must_change else "open"


def _now() -> datetime:
    return datetime.now(UTC)
