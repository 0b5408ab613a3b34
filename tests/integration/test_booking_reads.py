"""What is read of bookings for chat, calendar, console and weather, on both databases; and the secrets of providers."""

from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from bot.booking.overview import Overview
from bot.booking.rain import RainCheck
from dialogs.booking.jobbook import JobBook, Part
from dialogs.booking.links import AlreadyLinked, LinkRow, Links
from dialogs.booking.states import Side
from dialogs.booking.terms import Person
from knowledge_base.models import Base
from knowledge_base.store import Store
from knowledge_base.warnings.current import Current
from tests.fakes.booking import FARMER, NOON, VILLAGE, Yard, day, wish

STRANGER = Person("web", "stranger")


async def test_the_migration_makes_exactly_the_model(any_store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        only = {"include_name": lambda name, kind, _: kind != "table" or name == LinkRow.__tablename__}
        changes = compare_metadata(MigrationContext.configure(connection, opts=only), Base.metadata)
        return [change for change in changes if LinkRow.__tablename__ in str(change)]

    async with any_store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_each_side_sees_its_own(any_store: Store) -> None:
    yard = Yard(any_store)
    book, overview = JobBook(any_store, lambda: yard.now), Overview(any_store)
    wang = await yard.provider("wang", capacity="10")
    job = await yard.machinery.order(FARMER, wish("12"), yard.key())
    await yard.machinery.accept(wang, job.id, yard.key())
    near = await yard.machinery.order(Person("web", "other"), wish("2", first=3), yard.key())
    provider = await book.provider(wang)
    assert provider is not None
    assert (provider.name, len(provider.machines)) == ("wang", 1)
    assert await book.provider(FARMER) is None
    machine = provider.machines[0].id
    assert {one.id for one in await book.on_days(provider.id, day(3), day(3), machine)} == {job.id, near.id}
    assert await book.on_days(provider.id, day(5), day(9)) == []
    accepted = await yard.machinery.accept(wang, near.id, yard.key())
    assert ((await book.fit(accepted)).village, accepted.pooled) == (1, 1)
    assert await book.to_report(wang) == []
    rain = RainCheck(
        any_store,
        yard.machinery,
        lambda: yard.now,
        forecasts=None,
        current=Current(any_store, lambda: yard.now),
    )
    assert (await rain.by_warning(), await rain.by_forecast()) == (0, 0)
    (week,) = await overview.week(day(0))
    assert {one: [slot.number for slot in slots] for one, slots in week.days.items()} == {
        day(2): ["10000"],
        day(3): ["10000", "10001"],
    }
    assert week.taken[day(3)] == 4
    yard.now += timedelta(days=4)
    assert {part.side for part in await book.to_report(FARMER)} == {Side.FARMER}
    assert len(await book.to_report(wang)) == 2
    for person in (FARMER, wang):
        await yard.machinery.finish(person, job.id, True, None, None, yard.key())
    (mine,) = await book.to_rate(FARMER)
    assert (mine.booking.id, mine.side) == (job.id, Side.FARMER)
    await yard.machinery.rate(FARMER, job.id, 4, yard.key())
    await yard.machinery.complain(FARMER, job.id, "慢", yard.key())
    assert await book.to_rate(FARMER) == []
    assert [part.booking.id for part in await book.shared(wang)] == [near.id, job.id]
    assert isinstance(await book.part(FARMER, job.id), Part)
    for nobody in (await book.shared(STRANGER), await book.to_rate(STRANGER), await book.to_report(STRANGER)):
        assert nobody == []
    assert await book.part(STRANGER, job.id) is None
    assert [one.id for one in await book.calendar(provider.id, day(0))] == [job.id, near.id]
    story = await overview.story(job.id)
    assert story is not None
    assert (len(story.offers), story.ratings[0].stars, story.complaints[0].text) == (1, 4, "慢")
    assert [row.id for row in await overview.recent("done")] == [job.id]
    ((complaint, booking),) = await overview.complaints()
    assert (complaint.side, booking.place) == ("farmer", VILLAGE)


async def test_secrets_of_a_provider(any_store: Store) -> None:
    now = NOON
    yard = Yard(any_store)
    await yard.provider("wang")
    li = await yard.register.provider_of(await yard.provider("li"))
    assert li is not None
    links = Links(any_store, lambda: now)
    assert await links.bind("12345678", STRANGER) is None
    void, code = await links.code(li), await links.code(li)
    assert await links.bind(void, STRANGER) is None
    with pytest.raises(AlreadyLinked):
        await links.bind(code, Person("web", "wang"))
    assert await links.bind(code, STRANGER) == "li", "a refusal leaves the code as it was"
    assert await links.bind(code, STRANGER) is None
    assert await yard.register.provider_of(STRANGER) == li
    first, second = await links.calendar(li), await links.calendar(li)
    assert (await links.reads(first), await links.reads(second)) == (None, li)
    assert await links.since(li) == NOON
    assert await links.reads(code) is None
    await links.revoke(li)
    assert (await links.reads(second), await links.since(li)) == (None, None)
