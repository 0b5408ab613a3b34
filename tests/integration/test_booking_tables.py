"""The tables of bookings: exactly the models, and limits that the database itself keeps."""

from datetime import date
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, StatementError

from dialogs.booking.models import MachineDayRow, MachineRow, ProviderRow
from knowledge_base.models import Base
from knowledge_base.store import Store
from tests.conftest import NOW

BOOKING = [name for name in Base.metadata.tables if name.startswith("booking")]


async def test_the_migration_makes_exactly_the_models(any_store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        only = {"include_name": lambda name, kind, _: kind != "table" or name in BOOKING}
        context = MigrationContext.configure(connection, opts=only)
        changes = compare_metadata(context, Base.metadata)
        return [change for change in changes if "booking" in str(change)]

    async with any_store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def a_machine(store: Store, capacity: str) -> None:
    async with store.session() as session:
        session.add(
            ProviderRow(id="p", kind="operator", name="老王", phone="", place="410000", active=True, touched_at=NOW)
        )
        await session.flush()
        session.add(
            MachineRow(
                id="m",
                provider_id="p",
                kind="combine",
                name="收割机",
                capacity=Decimal(capacity),
                crops=[],
                active=True,
            )
        )


async def test_the_database_refuses_more_than_the_capacity(any_store: Store) -> None:
    await a_machine(any_store, "0.3")
    async with any_store.session() as session:  # 0.1 + 0.2 is not more than 0.3, as it would be with floats
        row = MachineDayRow(machine_id="m", day=date(2026, 11, 25), capacity=Decimal("0.3"), taken=Decimal("0.1"))
        session.add(row)
        await session.flush()
        row.taken = MachineDayRow.taken + Decimal("0.2")
        await session.flush()
        await session.refresh(row)
        assert row.taken == Decimal("0.3")
    for wrong in ("0.31", "-0.01"):
        with pytest.raises(IntegrityError):
            async with any_store.session() as session:
                session.add(
                    MachineDayRow(machine_id="m", day=date(2026, 11, 26), capacity=Decimal("0.3"), taken=Decimal(wrong))
                )


async def test_nothing_is_rounded_on_the_way_to_the_store(store: Store) -> None:
    with pytest.raises(StatementError, match="two decimals"):
        await a_machine(store, "3.333")
