"""What is done with the rows of a registered table: blanked and left to nobody, or given to another account."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from sqlalchemy import CursorResult, Index, RowMapping, Table, UniqueConstraint, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.privacy.person import NOBODY, Account
from bot.privacy.register import Rule

NewId = Callable[[], str]
Rows = Iterable[RowMapping]


async def blank(session: AsyncSession, table: Table, rule: Rule, rows: Rows, new_id: NewId) -> int:
    """Take the person out of rows, which stay as figures; how many. Each is left to another nobody."""
    count = 0
    for row in rows:
        values = dict(rule.erase) if isinstance(rule.erase, dict) else {}
        nobody = Account(NOBODY, new_id())
        for channel, user in rule.pairs:
            values |= {channel: nobody.channel, user: nobody.user}
        for name, written in rule.written.items():
            if _matches(row[name], written.form):
                values[name] = f"{NOBODY}{nobody.user}" if written.digest else written.of(nobody)
        for name, (states, ends) in rule.closes.items():
            if row[name] in states:
                values[name] = ends
        if values:
            await session.execute(update(table).where(_this(table, row)).values(values))
            count += 1
    return count


async def remove(session: AsyncSession, table: Table, where: Any) -> int:
    """Delete rows; how many."""
    return cast("CursorResult[Any]", await session.execute(delete(table).where(where))).rowcount


async def give(session: AsyncSession, table: Table, rule: Rule, rows: Rows, whose: tuple[Account, Account]) -> None:
    """Give rows of one account to another. Of two that cannot both be there, the newest stays, or the other's own."""
    old, new = whose
    for row in rows:
        values: dict[str, Any] = {}
        for channel, user in rule.pairs:
            if (row[channel], row[user]) == old:
                values |= {channel: new.channel, user: new.user}
        for name, written in rule.written.items():
            if row[name] == written.of(old):
                values[name] = written.of(new)
        if not values:
            continue
        for there in await _in_the_way(session, table, row, values):
            merged = _merged(rule, there, row)
            if not _later(rule, row, there):
                await session.execute(delete(table).where(_this(table, row)))
                if merged:
                    await session.execute(update(table).where(_this(table, there)).values(merged))
                break
            await session.execute(delete(table).where(_this(table, there)))
            values |= merged
        else:
            await session.execute(update(table).where(_this(table, row)).values(values))


def _matches(value: Any, form: str) -> bool:
    """Whether a written column is of the person's side at all: those of a digest always are."""
    before = form.split("{", 1)[0]
    return isinstance(value, str) and value.startswith(before)


def _this(table: Table, row: RowMapping) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key))


async def _in_the_way(
    session: AsyncSession, table: Table, row: RowMapping, values: Mapping[str, Any]
) -> list[RowMapping]:
    """Rows of the other account that a unique key does not allow beside this one."""
    after: dict[Any, Any] = {**row, **values}
    found: list[RowMapping] = []
    for names in _unique(table):
        if not names & values.keys() or any(after[name] is None for name in names):
            continue
        same = select(table).where(*(table.c[name] == after[name] for name in names))
        found += (await session.execute(same)).mappings().all()
    return found


def _unique(table: Table) -> list[frozenset[str]]:
    keys = [
        part
        for part in (table.primary_key, *table.constraints)
        if part is table.primary_key or isinstance(part, UniqueConstraint)
    ]
    names = [frozenset(column.name for column in key.columns) for key in keys]
    plain: list[Index] = [one for one in table.indexes if one.unique and not _partial(one)]
    return [*dict.fromkeys(names), *(frozenset(column.name for column in one.columns) for one in plain)]


def _partial(index: Index) -> bool:
    return any(options.get("where") is not None for options in index.dialect_options.values())


def _later(rule: Rule, one: RowMapping, other: RowMapping) -> bool:
    if rule.newest is None:
        return False
    mine, theirs = one[rule.newest], other[rule.newest]
    return mine is not None and (theirs is None or mine > theirs)


def _merged(rule: Rule, one: RowMapping, other: RowMapping) -> dict[str, Any]:
    """Columns in which two rows become one."""
    values: dict[str, Any] = {}
    for name, how in rule.merge.items():
        both = one[name], other[name]
        values[name] = list(dict.fromkeys([*both[0], *both[1]])) if how == "union" else max(both)
    return values
