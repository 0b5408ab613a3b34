"""Appointments on both databases: a half hour has one holder, a command is done once, stories are kept as promised."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.terms import Person
from dialogs.consultation.calendar import ics
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.hours import Period
from dialogs.consultation.models import CommandRow, EventRow, ReadingRow, SlotRow, StoryRow
from dialogs.consultation.notices import Notice, To, What
from dialogs.consultation.register import Card, Register
from dialogs.consultation.states import Step, replay
from dialogs.consultation.stories import Line
from dialogs.consultation.terms import Meeting, NotPossible, NotYours, Reason, Role, State, Way
from dialogs.consultation.vault import Vault
from knowledge_base.models import Base
from knowledge_base.store import Store
from tests.fakes.legal import KEY, LAWYER

NOON = datetime.fromisoformat("2026-11-22T12:00:00+08:00")
NINE = datetime.fromisoformat("2026-11-24T09:00:00+08:00")
WEEK = tuple(Period(day, 9 * 60, 12 * 60) for day in range(5))
FARMER = Person("test", "farmer")
SECRET = "他欠我八千块工钱"


class Chambers:
    """One lawyer over a store, a clock that is turned by hand, and everything that people are told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.told: list[tuple[Person, Notice]] = []
        self.topics: set[tuple[Person, str]] = set()
        self.register = Register(store, lambda: self.now)
        self.consultations = Consultations(store, self, Vault([KEY]), lambda: self.now)
        self.id = ""

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        assert len(topic) <= 160
        if (person, topic) not in self.topics:
            self.topics.add((person, topic))
            self.told.append((person, about))

    async def open(self) -> "Chambers":
        ways = (Way.PHONE, Way.OFFICE)
        card = Card(role=Role.LAWYER, name="李建国", phone="138", person=LAWYER, ways=ways, office="司法所", hours=WEEK)
        self.id = await self.register.put(card)
        return self

    def meeting(self, start: datetime = NINE) -> Meeting:
        return Meeting("wages", Way.PHONE, "411424", self.id, start)

    def heard(self, person: Person) -> Sequence[What]:
        return [notice.what for who, notice in self.told if who == person]


@pytest.fixture
async def chambers(store: Store) -> Chambers:
    return await Chambers(store).open()


async def count(store: Store, row: type[Base]) -> int:
    async with store.session() as session:
        return await session.scalar(select(func.count()).select_from(row)) or 0


async def test_the_migration_makes_exactly_the_models(any_store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        ours = [name for name in Base.metadata.tables if name.startswith("consult")]
        only = {"include_name": lambda name, kind, _: kind != "table" or name in ours}
        context = MigrationContext.configure(connection, opts=only)
        return [change for change in compare_metadata(context, Base.metadata) if "consult" in str(change)]

    async with any_store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_of_thirty_at_once_one_has_the_half_hour(any_store: Store) -> None:
    here = await Chambers(any_store).open()
    starts = (NINE, NINE + timedelta(minutes=30), NINE + timedelta(minutes=60))

    async def book(number: int) -> None:
        who = Person("test", f"farmer{number}")
        await here.consultations.book(who, here.meeting(starts[number % 3]), f"{number}")

    results = await asyncio.gather(*(book(number) for number in range(30)), return_exceptions=True)
    refused = [one.reason for one in results if isinstance(one, NotPossible)]
    assert refused == [Reason.TAKEN] * 27
    assert results.count(None) == len(starts)
    assert await count(any_store, SlotRow) == len(starts)
    assert await count(any_store, CommandRow) == len(starts), "a command that was refused leaves its key free"


async def test_the_database_itself_refuses_the_second_holder(chambers: Chambers) -> None:
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    other = await chambers.consultations.book(FARMER, chambers.meeting(NINE + timedelta(minutes=30)), "2")
    async with chambers.store.session() as session:
        await session.execute(delete(SlotRow).where(SlotRow.consultation_id == other.id))
    with pytest.raises(IntegrityError):
        async with chambers.store.session() as session:
            session.add(SlotRow(consultant_id=chambers.id, start=one.start, consultation_id=other.id))


async def test_the_same_command_again_does_nothing(chambers: Chambers) -> None:
    first = await chambers.consultations.book(FARMER, chambers.meeting(), "key")
    again = await chambers.consultations.book(FARMER, chambers.meeting(), "key")
    assert (again.id, again.number) == (first.id, first.number)
    moved = await chambers.consultations.move(
        FARMER, first.id, Way.OFFICE, (chambers.id, NINE + timedelta(days=1)), "m"
    )
    assert (moved.id, moved.number, moved.way) == (first.id, first.number, Way.OFFICE)
    assert await count(chambers.store, SlotRow) == 1
    with pytest.raises(NotPossible) as refused:
        await chambers.consultations.cancel(FARMER, first.id, "", "key")
    assert refused.value.reason is Reason.KEY
    for _ in range(2):
        gone = await chambers.consultations.cancel(FARMER, first.id, "", "c")
    assert gone.state is State.CANCELLED
    assert await count(chambers.store, SlotRow) == 0
    async with chambers.store.session() as session:
        events = (await session.scalars(select(EventRow).order_by(EventRow.number))).all()
    assert replay(Step(event.step) for event in events) is State.CANCELLED
    assert {event.who for event in events} == {"farmer:test:farmer"}
    assert chambers.heard(LAWYER) == [What.BOOKED, What.MOVED, What.CANCELLED]


async def test_a_half_hour_that_cannot_be_had_changes_nothing(chambers: Chambers) -> None:
    booked = await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    sunday, night = NINE + timedelta(days=5), NINE + timedelta(hours=14)
    for start in (NOON - timedelta(days=1), sunday, night, NINE + timedelta(minutes=10)):
        with pytest.raises(NotPossible):
            await chambers.consultations.book(FARMER, chambers.meeting(start), f"{start}")
    other = Person("test", "other")
    for command in (
        chambers.consultations.cancel(other, booked.id, "", "x"),
        chambers.consultations.move(other, booked.id, Way.PHONE, (chambers.id, NINE), "y"),
        chambers.consultations.finish(other, booked.id, "z", done=True),
        chambers.consultations.read(other, booked.id),
    ):
        with pytest.raises(NotYours):
            await command
    assert (await chambers.consultations.mine(FARMER))[0].state is State.BOOKED


async def test_reminders_and_the_question_whether_they_met(chambers: Chambers) -> None:
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    for moment in (NINE - timedelta(hours=13, minutes=30), NINE - timedelta(hours=2), NINE + timedelta(minutes=30)):
        chambers.now = moment
        for _ in range(2):
            await chambers.consultations.tick()
    assert chambers.heard(FARMER) == [What.EVENING_BEFORE, What.SOON, What.ASK_DONE]
    assert chambers.heard(LAWYER) == [What.BOOKED, What.EVENING_BEFORE, What.SOON, What.ASK_DONE]
    done = await chambers.consultations.finish(LAWYER, one.id, "d", done=True)
    assert done.state is State.DONE


async def test_nobody_is_reminded_of_what_was_just_agreed(chambers: Chambers) -> None:
    chambers.now = NINE - timedelta(minutes=90)
    await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    await chambers.consultations.tick()
    assert chambers.heard(FARMER) == []


async def test_days_off_offer_other_half_hours(chambers: Chambers) -> None:
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    (moved,) = await chambers.consultations.days_off(LAWYER, NINE.date(), NINE.date(), "", "off")
    assert moved.state is State.DISPLACED
    (notice,) = [notice for who, notice in chambers.told if notice.to is To.FARMER]
    assert notice.what is What.DISPLACED
    assert all(slot.start.date() != NINE.date() for slot in notice.slots)
    again = await chambers.consultations.move(FARMER, one.id, Way.PHONE, (chambers.id, notice.slots[0].start), "m")
    assert again.state is State.BOOKED
    chambers.now = again.start + timedelta(days=3)
    await chambers.consultations.tick()
    assert (await chambers.consultations.mine(FARMER))[0].state is State.EXPIRED


async def test_a_story_is_sealed_read_by_one_and_deleted_by_rule(any_store: Store) -> None:
    here = await Chambers(any_store).open()
    await here.consultations.tell(FARMER, "draft", Line("", SECRET))
    await here.consultations.tell(FARMER, "draft", Line("", SECRET))
    async with any_store.session() as session:
        (story,) = (await session.scalars(select(StoryRow))).all()
    assert SECRET not in story.sealed
    one = await here.consultations.book(FARMER, here.meeting(), "1", draft="draft")
    assert one.told
    assert [line.told for line in await here.consultations.read(LAWYER, one.id)] == [SECRET]
    assert await count(any_store, ReadingRow) == 1, "that it was read is written down"
    assert SECRET not in ics(await here.consultations.agenda(LAWYER), here.now)
    here.now = NINE + timedelta(hours=1)
    await here.consultations.finish(LAWYER, one.id, "d", done=True)
    here.now += timedelta(days=29)
    await here.consultations.tick()
    assert await count(any_store, StoryRow) == 1
    here.now += timedelta(days=1)
    with pytest.raises(NotPossible):
        await here.consultations.read(LAWYER, one.id)
    await here.consultations.tick()
    assert await count(any_store, StoryRow) == 0


async def test_a_story_goes_nowhere_without_a_yes(chambers: Chambers) -> None:
    await chambers.consultations.tell(FARMER, "draft", Line("", SECRET))
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    with pytest.raises(NotPossible):
        await chambers.consultations.read(LAWYER, one.id)
    chambers.now += timedelta(days=1)
    await chambers.consultations.tick()
    assert await count(chambers.store, StoryRow) == 0, "a draft is kept for a day"
    await chambers.consultations.tell(FARMER, "other", Line("", SECRET))
    await chambers.consultations.book(FARMER, chambers.meeting(NINE + timedelta(days=1)), "2", draft="other")
    assert await chambers.consultations.withdraw(FARMER) == 1
    assert await count(chambers.store, StoryRow) == 0, "withdrawn, it is deleted at once"


async def test_another_consultant_reads_nothing_until_the_farmer_says_so(chambers: Chambers) -> None:
    wang = Person("test", "wang")
    card = Card(role=Role.LEGAL_AID, name="王芳", phone="139", person=wang, ways=(Way.PHONE,), hours=WEEK)
    other = await chambers.register.put(card)
    await chambers.consultations.tell(FARMER, "draft", Line("", SECRET))
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1", draft="draft")
    moved = await chambers.consultations.move(FARMER, one.id, Way.PHONE, (other, NINE), "m")
    assert (moved.kept, moved.told) == (True, False)
    for reader in (LAWYER, wang):
        with pytest.raises((NotPossible, NotYours)):
            await chambers.consultations.read(reader, one.id)
    assert (await chambers.consultations.share(FARMER, one.id, "s")).told
    assert [line.told for line in await chambers.consultations.read(wang, one.id)] == [SECRET]


async def test_keys_are_changed_without_losing_a_story(chambers: Chambers) -> None:
    new = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="
    await chambers.consultations.tell(FARMER, "draft", Line("", SECRET))
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1", draft="draft")
    both = Consultations(chambers.store, chambers, Vault([new, KEY]), lambda: chambers.now)
    assert await both.renew() == 1
    only = Consultations(chambers.store, chambers, Vault([new]), lambda: chambers.now)
    assert [line.told for line in await only.read(LAWYER, one.id)] == [SECRET]


async def test_the_register_gives_back_what_was_put(chambers: Chambers) -> None:
    ((id_, card),) = await chambers.register.all()
    assert (id_, card.name, card.hours) == (chambers.id, "李建国", WEEK)
    await chambers.register.put(card.model_copy(update={"active": False}), id_)
    assert list(await chambers.consultations.able("wages", "411424")) == []
    with pytest.raises(ValueError, match="a number, an office or a link"):
        Card(role=Role.LAWYER, name="赵", ways=(Way.VIDEO,))
    with pytest.raises(ValueError, match="unknown kinds"):
        Card(role=Role.LAWYER, name="赵", phone="1", ways=(Way.PHONE,), kinds=("weather",))


async def test_the_station_calls_off_and_enters_days_off(any_store: Store) -> None:
    here, staff = await Chambers(any_store).open(), Person("console", "operator")
    one = await here.consultations.book(FARMER, here.meeting(), "1")
    for _ in range(2):
        gone = await here.consultations.call_off(staff, one.id, "开庭", "c")
    assert gone.state is State.CANCELLED
    off = [(person, notice.why) for person, notice in here.told if notice.what is What.CALLED_OFF]
    assert off == [(FARMER, "开庭"), (LAWYER, "开庭")]
    with pytest.raises(NotPossible):
        await here.consultations.call_off(staff, one.id, "again", "other")
    with pytest.raises(NotYours):
        await here.consultations.call_off(staff, "none", "", "unknown")
    two = await here.consultations.book(FARMER, here.meeting(), "2")
    days = (NINE.date(), NINE.date())
    for _ in range(2):
        (away,) = await here.consultations.days_off_for(staff, here.id, days, "培训", "d")
    assert (away.id, away.state) == (two.id, State.DISPLACED)
    assert here.heard(FARMER).count(What.DISPLACED) == 1
    assert [(one.first, one.last, one.why) for one in await here.register.off(here.id)] == [(*days, "培训")]
    await here.consultations.call_off(staff, two.id, "没空", "e")
    assert here.heard(LAWYER).count(What.CALLED_OFF) == 1, "a displaced one is not the consultant's any more"
    await here.register.back(here.id)
    assert await here.register.off(here.id) == []
    async with any_store.session() as session:
        events = (await session.scalars(select(EventRow).order_by(EventRow.consultation_id, EventRow.number))).all()
    assert {event.who for event in events} == {"farmer:test:farmer", "station:console:operator"}


async def test_the_calendar_is_one(chambers: Chambers) -> None:
    one = await chambers.consultations.book(FARMER, chambers.meeting(), "1")
    written = ics(await chambers.consultations.agenda(LAWYER), chambers.now)
    for line in (
        "BEGIN:VCALENDAR",
        "DTSTART:20261124T010000Z",
        "DTEND:20261124T013000Z",
        f"UID:consultation-{one.id}@",
    ):
        assert line in written
    assert written.endswith("END:VCALENDAR\r\n")
    assert FARMER.user not in written


async def test_nothing_is_written_in_clear(chambers: Chambers) -> None:
    await chambers.consultations.tell(FARMER, "draft", Line("问", SECRET))
    await chambers.consultations.book(FARMER, chambers.meeting(), "1", draft="draft")
    async with chambers.store.session() as session:
        for table in Base.metadata.sorted_tables:
            if table.name.startswith("consult"):
                rows = (await session.execute(text(f"SELECT * FROM {table.name}"))).all()
                assert SECRET not in str(rows)
