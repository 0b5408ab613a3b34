"""The ledger of WeChat's arrivals: its table, and that several processes agree over it."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select

from bot.channels.wechat.ledger import Ledger, Verdict
from bot.channels.wechat.models import ArrivalRow
from knowledge_base.models import Base
from knowledge_base.store import Store
from tests.conftest import NOW

WANG = "oWang_-1"


async def test_the_migration_makes_exactly_the_model(any_store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        only = {"include_name": lambda name, kind, _: kind != "table" or name == ArrivalRow.__tablename__}
        changes = compare_metadata(MigrationContext.configure(connection, opts=only), Base.metadata)
        return [change for change in changes if ArrivalRow.__tablename__ in str(change)]

    async with any_store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert ArrivalRow.__tablename__ in await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def rows(store: Store) -> list[ArrivalRow]:
    async with store.session() as session:
        return list(await session.scalars(select(ArrivalRow)))


async def test_the_ledger_over_two_processes(any_store: Store) -> None:
    one, two = (Ledger(any_store, lambda: NOW, 60) for _ in range(2))
    assert await one.reply("m:1", WANG, None, 1) is Verdict.MINE
    assert await two.reply("m:1", WANG, None, 1) is Verdict.AGAIN
    assert await two.owe("m:1", WANG, "<xml/>"), "WeChat asks again and it takes long now: the reply had not arrived"
    assert not await one.owe("m:1", WANG, "<xml/>")
    assert await one.reply("m:1", WANG, None, 1) is Verdict.ELSEWHERE
    later = Ledger(any_store, lambda: NOW.replace(hour=2), 60)
    taken = await asyncio.gather(later.take_up(), Ledger(any_store, lambda: NOW.replace(hour=2), 60).take_up())
    assert sorted(len(debts) for debts in taken) == [0, 1]
    await later.progress("m:1", 2)
    await later.put_off("m:1", -120)
    (debt,) = await later.take_up()
    assert (debt.key, debt.user, debt.body, debt.sent, debt.tries) == ("m:1", WANG, "<xml/>", 2, 1)
    await later.settle("m:1")
    await later.forget(keep=7_200, owed=7_200)
    assert [row.body for row in await rows(any_store)] == [None]
    await later.forget(keep=1_800, owed=7_200)
    assert await rows(any_store) == []
    await one.owe("m:2", WANG, "<xml/>")
    await later.forget(keep=1, owed=1_800)
    assert await rows(any_store) == []
