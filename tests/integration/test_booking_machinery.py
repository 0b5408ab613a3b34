"""Orders, offers, acceptance, other days, other areas, days off: what happens, and who hears of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from dialogs.booking.models import BookingDayRow, EventRow
from dialogs.booking.notices import What
from dialogs.booking.states import Step
from dialogs.booking.terms import Booking, Gone, NotPossible, NotYours, Person, Reason, State
from knowledge_base.store import Store
from tests.fakes.booking import FARMER, NOON, STATION, VILLAGE, Yard, check_ledger, day, empty_store, wish

OTHER = Person("telegram", "other")


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    store = await empty_store(tmp_path)
    yield Yard(store)
    await store.close()


async def accepted(yard: Yard, person: Person = FARMER, area: str = "3.5", first: int = 2) -> Booking:
    """A booking that its provider has accepted."""
    booking = await yard.machinery.order(person, wish(area, first), yard.key())
    assert booking.provider_person
    return await yard.machinery.accept(booking.provider_person, booking.id, yard.key())


async def test_from_the_order_to_the_rating(any_store: Store) -> None:
    yard = Yard(any_store)
    wang = await yard.provider("wang", price="60.50")
    (quote,) = await yard.machinery.quotes(wish())
    assert (quote.day, quote.total, quote.provider, quote.pooled) == (day(2), Decimal("211.75"), "wang", 0)

    booking = await yard.machinery.order(FARMER, wish(), "k1")
    assert (booking.state, booking.number, booking.provider) == (State.OFFERED, "10000", "wang")
    assert (booking.day, booking.total, booking.wish) == (day(2), Decimal("211.75"), wish())
    assert booking.until == NOON + timedelta(hours=2)
    assert yard.told.to(wang) == [What.OFFER]

    assert await yard.machinery.jobs(wang) == [booking]
    booking = await yard.machinery.accept(wang, booking.id, "k2")
    assert (booking.state, booking.until) == (State.ACCEPTED, None)
    assert yard.told.to(FARMER) == [What.ACCEPTED]
    assert await yard.machinery.mine(FARMER) == [booking]

    with pytest.raises(NotPossible, match="too_early"):
        await yard.machinery.finish(FARMER, booking.id, True, None, None, "k3")
    yard.now += timedelta(days=2)
    booking = await yard.machinery.finish(wang, booking.id, True, Decimal("3.6"), None, "k4")
    assert (booking.state, booking.provider_done) == (State.ACCEPTED, True)
    booking = await yard.machinery.finish(FARMER, booking.id, True, None, Decimal(215), "k5")
    assert (booking.state, booking.area_done, booking.total) == (State.DONE, Decimal("3.6"), Decimal(215))
    assert yard.told.to(wang)[-1] == What.SETTLED

    await yard.machinery.rate(FARMER, booking.id, 5, "k6")
    await yard.machinery.rate(wang, booking.id, 4, "k7")
    await yard.machinery.rate(wang, booking.id, 4, "k7")
    for stars, reason in ((3, "rated"), (6, "stars")):
        with pytest.raises(NotPossible, match=reason):
            await yard.machinery.rate(wang, booking.id, stars, yard.key())
    assert await yard.machinery.jobs(wang) == []
    steps = [Step.ORDER, Step.OFFER, Step.ACCEPT, Step.REPORT, Step.REPORT, Step.DONE]
    assert await yard.steps(booking.id) == steps
    await check_ledger(yard.store)


async def test_every_event_says_who_and_why(yard: Yard) -> None:
    wang = await yard.provider("wang")
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    await yard.machinery.decline(wang, booking.id, "收割机坏了", yard.key())
    async with yard.store.session() as session:
        events = (await session.scalars(select(EventRow).order_by(EventRow.number))).all()
    assert [(event.who, event.step, event.why) for event in events] == [
        ("farmer:web:farmer", "order", ""),
        ("system", "offer", ""),
        ("provider:web:wang", "decline", "收割机坏了"),
    ]
    assert [(event.before, event.after) for event in events] == [
        (None, "asked"),
        ("asked", "offered"),
        ("offered", "asked"),
    ]


async def test_a_key_does_a_thing_once(any_store: Store) -> None:
    yard = Yard(any_store)
    wang = await yard.provider("wang")
    first = await yard.machinery.order(FARMER, wish(), "same")
    assert await yard.machinery.order(FARMER, wish(), "same") == first
    booking = await yard.machinery.accept(wang, first.id, "yes")
    assert await yard.machinery.accept(wang, first.id, "yes") == booking
    assert await yard.machinery.order(FARMER, wish(), "same") == booking, "as it stands now"
    assert await yard.machinery.accept(wang, first.id, "tapped twice") == booking
    with pytest.raises(NotPossible, match="key"):
        await yard.machinery.order(OTHER, wish(), "same")
    with pytest.raises(NotPossible, match="key"):
        await yard.machinery.cancel(FARMER, first.id, "", "same")
    assert await check_ledger(yard.store) == 1
    assert yard.told.to(wang) == [What.OFFER]


async def test_a_refused_command_leaves_its_key_free(yard: Yard) -> None:
    with pytest.raises(NotPossible):
        await yard.machinery.order(FARMER, wish(first=-3), "k")
    assert (await yard.machinery.order(FARMER, wish(), "k")).state == State.ASKED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"first": -2}, Reason.PAST),
        ({"first": 0, "part": "morning"}, Reason.PAST),
        ({"first": 3, "last": 2}, Reason.DAYS),
        ({"first": 3, "last": 64}, Reason.DAYS),
        ({"area": "0"}, Reason.AREA),
        ({"area": "0.004"}, Reason.AREA),
        ({"area": "100001"}, Reason.AREA),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(yard: Yard, changes: dict[str, object], reason: Reason) -> None:
    with pytest.raises(NotPossible) as refused:
        await yard.machinery.order(FARMER, wish(**changes), "k")  # type: ignore[arg-type]
    assert refused.value.reason == reason
    assert await check_ledger(yard.store) == 0


async def test_nobody_can_be_asked_and_the_station_hears_it(yard: Yard) -> None:
    await yard.station()
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    assert (booking.state, booking.provider, booking.station_told) == (State.ASKED, None, True)
    assert yard.told.to(STATION) == [What.NOBODY]
    wang = await yard.provider("wang")
    await yard.machinery.tick()
    assert yard.told.to(wang) == [What.OFFER]
    assert yard.told.to(FARMER) == [What.NEXT]


async def test_without_anybody_on_duty_nobody_is_said_to_know(yard: Yard) -> None:
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    assert not booking.station_told
    await yard.station()
    await yard.machinery.tick()
    (booking,) = await yard.machinery.mine(FARMER)
    assert booking.station_told
    assert yard.told.to(FARMER) == [What.WAITING]


async def test_three_do_not_take_it(yard: Yard) -> None:
    await yard.station()
    providers = [
        await yard.provider(name, price) for name, price in (("a", "50"), ("b", "60"), ("c", "70"), ("d", "80"))
    ]
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    for number, provider in enumerate(providers, 1):
        assert booking.provider_person == provider
        if number == 2:  # does not answer
            yard.now += timedelta(hours=2)
            await yard.machinery.tick()
            assert yard.told.to(provider) == [What.OFFER, What.OFFER_OVER]
            (booking,) = await yard.machinery.mine(FARMER)
        else:
            booking = await yard.machinery.decline(provider, booking.id, "忙", yard.key())
        assert yard.told.to(STATION) == ([What.NOBODY] if number >= 3 else [])
    assert booking.state == State.ASKED
    assert yard.told.to(FARMER) == [What.NEXT, What.NEXT, What.NEXT, What.WAITING]
    assert yard.told.last(STATION).why == "declined"
    with pytest.raises(Gone):
        await yard.machinery.accept(providers[0], booking.id, yard.key())
    yard.now += timedelta(days=3)
    await yard.machinery.tick()
    (booking,) = await yard.machinery.mine(FARMER)
    assert booking.state == State.UNSERVED
    assert yard.told.to(FARMER)[-1] == yard.told.to(STATION)[-1] == What.UNSERVED
    await check_ledger(yard.store)


async def test_strangers_are_refused(yard: Yard) -> None:
    await yard.provider("wang")
    li = await yard.provider("li", price="90")
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    for refused in (
        yard.machinery.cancel(OTHER, booking.id, "", yard.key()),
        yard.machinery.cancel(FARMER, "unknown", "", yard.key()),
        yard.machinery.change_area(OTHER, booking.id, Decimal(1), yard.key()),
        yard.machinery.reschedule(OTHER, booking.id, day(3), day(3), None, yard.key()),
        yard.machinery.accept(OTHER, booking.id, yard.key()),
        yard.machinery.accept(li, booking.id, yard.key()),
        yard.machinery.decline(li, booking.id, "", yard.key()),
        yard.machinery.finish(OTHER, booking.id, True, None, None, yard.key()),
        yard.machinery.complain(OTHER, booking.id, "", yard.key()),
        yard.machinery.days_off(OTHER, day(0), day(1), "", yard.key()),
    ):
        with pytest.raises(NotYours):
            await refused
    assert await yard.machinery.mine(OTHER) == []


async def test_too_late_for_the_day_means_the_next_day(yard: Yard) -> None:
    wang = await yard.provider("wang", capacity="10")
    wishes = [wish("6", last=3), wish("6", last=3), wish("6", last=3)]
    bookings = [await yard.machinery.order(Person("web", f"f{n}"), one, yard.key()) for n, one in enumerate(wishes)]
    assert {booking.day for booking in bookings} == {day(2), day(3)}, "who would be too many is asked for the next day"
    done = [await yard.machinery.accept(wang, booking.id, yard.key()) for booking in bookings]
    assert [one.state for one in done] == [State.ACCEPTED, State.ACCEPTED, State.ASKED]
    assert {one.day for one in done[:2]} == {day(2), day(3)}
    await check_ledger(yard.store)


async def test_accepted_too_late_is_offered_for_another_day(any_store: Store) -> None:
    yard = Yard(any_store)
    wang = await yard.provider("wang", capacity="10")
    late = await yard.machinery.order(OTHER, wish("6", last=3), yard.key())
    assert late.day == day(2)
    await accepted(yard, area="6")
    late = await yard.machinery.accept(wang, late.id, yard.key())
    assert (late.state, late.day) == (State.OFFERED, day(3))
    assert (yard.told.last(wang).what, yard.told.last(wang).why) == (What.OFFER, "full")
    assert yard.told.to(OTHER) == [What.NEXT]
    late = await yard.machinery.accept(wang, late.id, yard.key())
    assert (late.state, late.day) == (State.ACCEPTED, day(3))
    await check_ledger(yard.store)


async def test_a_big_area_takes_several_days(yard: Yard) -> None:
    await yard.provider("wang", capacity="10")
    booking = await accepted(yard, area="25")
    assert (booking.day, booking.last_day) == (day(2), day(4))
    async with yard.store.session() as session:
        held = (await session.scalars(select(BookingDayRow).order_by(BookingDayRow.day))).all()
    assert [(one.day, one.area) for one in held] == [
        (day(2), Decimal(10)),
        (day(3), Decimal(10)),
        (day(4), Decimal(5)),
    ]
    small = await yard.machinery.order(OTHER, wish("6", first=2, last=4), yard.key())
    assert small.state == State.ASKED, "the last day has only five left"
    await check_ledger(yard.store)


async def test_a_reschedule_is_one_booking(yard: Yard) -> None:
    wang = await yard.provider("wang", price="70")
    await yard.provider("li", price="75")
    booking = await accepted(yard)
    moved = await yard.machinery.reschedule(
        FARMER, booking.id, day(5), day(5), "morning", yard.key(), date_text="下礼拜五上午"
    )
    assert (moved.id, moved.number, moved.state, moved.day) == (booking.id, booking.number, State.OFFERED, day(5))
    assert (moved.provider_person, moved.part, moved.wish.date_text) == (wang, "morning", "下礼拜五上午")
    assert [notice.why for who, notice in yard.told.all if who == wang] == ["", "changed"]
    moved = await yard.machinery.decline(wang, booking.id, "", yard.key())
    assert moved.provider == "li"
    assert await check_ledger(yard.store) == 1
    with pytest.raises(NotPossible, match="past"):
        await yard.machinery.reschedule(FARMER, booking.id, day(-2), day(-1), None, yard.key())


async def test_the_provider_without_room_hears_that_the_job_is_gone(yard: Yard) -> None:
    wang = await yard.provider("wang")
    await yard.provider("li", price="75")
    booking = await accepted(yard)
    await yard.machinery.days_off(wang, day(5), day(5), "", yard.key())
    moved = await yard.machinery.reschedule(FARMER, booking.id, day(5), day(5), None, yard.key())
    assert moved.provider == "li"
    assert yard.told.to(wang)[-1] == What.MOVED


async def test_another_area(yard: Yard) -> None:
    wang = await yard.provider("wang", price="60")
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    booking = await yard.machinery.change_area(FARMER, booking.id, Decimal(5), yard.key())
    assert (booking.state, booking.total) == (State.OFFERED, Decimal(300))
    booking = await yard.machinery.accept(wang, booking.id, yard.key())
    booking = await yard.machinery.change_area(FARMER, booking.id, Decimal(7), yard.key())
    assert (booking.state, booking.total, booking.day) == (State.ACCEPTED, Decimal(420), day(2))
    assert yard.told.to(wang) == [What.OFFER, What.OFFER, What.AREA]
    await accepted(yard, OTHER, area="2")
    with pytest.raises(NotPossible, match="full"):
        await yard.machinery.change_area(FARMER, booking.id, Decimal("8.01"), yard.key())
    (booking,) = await yard.machinery.mine(FARMER)
    assert (booking.state, booking.wish.area_mu) == (State.ACCEPTED, Decimal(7))
    await check_ledger(yard.store)


async def test_cancelled_at_every_stage(yard: Yard) -> None:
    waiting = await yard.machinery.order(FARMER, wish(), yard.key())
    assert (await yard.machinery.cancel(FARMER, waiting.id, "不割了", yard.key())).state == State.CANCELLED
    wang = await yard.provider("wang")
    asked = await yard.machinery.order(FARMER, wish(), yard.key())
    await yard.machinery.cancel(FARMER, asked.id, "", yard.key())
    comes = await accepted(yard)
    gone = await yard.machinery.cancel(FARMER, comes.id, "不割了", yard.key())
    assert yard.told.to(wang) == [What.OFFER, What.OFFER_OVER, What.OFFER, What.CANCELLED]
    assert yard.told.last(wang).why == "不割了"
    assert await yard.machinery.cancel(FARMER, comes.id, "", yard.key()) == gone
    with pytest.raises(Gone):
        await yard.machinery.accept(wang, asked.id, yard.key())
    with pytest.raises(NotPossible, match="over"):
        await yard.machinery.change_area(FARMER, comes.id, Decimal(1), yard.key())
    assert (await accepted(yard, area="10")).state == State.ACCEPTED, "the day is free again"
    await check_ledger(yard.store)


async def test_days_off_move_what_was_booked(yard: Yard) -> None:
    wang = await yard.provider("wang", price="50")
    li = await yard.provider("li", price="55")
    comes, later = await accepted(yard), await accepted(yard, OTHER, first=4)
    asked = await yard.machinery.order(OTHER, wish("2"), yard.key())
    assert {comes.provider, later.provider, asked.provider} == {"wang"}
    moved = await yard.machinery.days_off(wang, day(1), day(3), "收割机坏了", "off")
    assert {one.id for one in moved} == {comes.id, asked.id}
    assert {(one.state, one.provider) for one in moved} == {(State.OFFERED, "li")}
    assert yard.told.to(FARMER)[-1] == What.TAKEN_BACK
    assert yard.told.last(FARMER).why == "收割机坏了"
    assert yard.told.to(li) == [What.OFFER, What.OFFER]
    assert [one.id for one in await yard.machinery.days_off(wang, day(1), day(3), "", "off")] == [
        one.id for one in moved
    ]
    assert [one.provider for one in await yard.machinery.quotes(wish())] == ["li"]
    await yard.machinery.back(wang, yard.key())
    assert {one.provider for one in await yard.machinery.quotes(wish())} == {"wang", "li"}
    await check_ledger(yard.store)


async def test_one_machine_breaks_and_the_other_one_goes_on(yard: Yard) -> None:
    wang = await yard.provider("wang", machines=2)
    provider = await yard.register.provider_of(wang)
    (broken, _), (_, _) = await yard.register.machines(provider or "")
    await yard.machinery.days_off(wang, day(2), day(9), "坏了", yard.key(), machine=broken)
    assert len(await yard.machinery.quotes(wish())) == 1
    with pytest.raises(NotYours):
        await yard.machinery.days_off(wang, day(2), day(9), "", yard.key(), machine="unknown")


async def test_accepting_for_a_day_that_is_off_by_now_offers_another(yard: Yard) -> None:
    wang = await yard.provider("wang")
    booking = await yard.machinery.order(FARMER, wish(last=4), yard.key())
    moved = await yard.machinery.days_off(wang, day(2), day(2), "", yard.key())
    assert [(one.id, one.day, one.state) for one in moved] == [(booking.id, day(3), State.OFFERED)]
    assert (await yard.machinery.accept(wang, booking.id, yard.key())).day == day(3)


async def test_a_provider_who_cannot_come_after_all_is_not_asked_again(yard: Yard) -> None:
    wang = await yard.provider("wang")
    await yard.provider("li", price="75")
    booking = await accepted(yard)
    booking = await yard.machinery.decline(wang, booking.id, "病了", yard.key())
    assert (booking.state, booking.provider) == (State.OFFERED, "li")
    assert yard.told.to(FARMER) == [What.ACCEPTED, What.TAKEN_BACK]
    await check_ledger(yard.store)


async def test_neighbours_are_pooled_and_both_sides_see_it(yard: Yard) -> None:
    wang = await yard.provider("wang", price="60", capacity="20")
    li = await yard.provider("li", price="58", capacity="20")
    mine = await yard.machinery.order(FARMER, wish("2", first=3), yard.key())
    assert mine.provider == "li"
    await yard.machinery.decline(li, mine.id, "", yard.key())
    await yard.machinery.accept(wang, mine.id, yard.key())
    (quote, _) = await yard.machinery.quotes(wish("2", first=2, last=5, place=VILLAGE[:9] + "305"))
    assert (quote.provider, quote.day, quote.pooled) == ("wang", day(3), 1)
    theirs = await yard.machinery.order(OTHER, wish("2", first=2, last=5), yard.key())
    theirs = await yard.machinery.accept(wang, theirs.id, yard.key())
    assert (theirs.day, theirs.pooled) == (day(3), 1)
    assert [one.pooled for one in await yard.machinery.mine(FARMER)] == [1]
    assert [one.pooled for one in await yard.machinery.jobs(wang)] == [1, 1]
