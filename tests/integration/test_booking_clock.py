"""What time and weather bring: reminders, asking whether it was done, silence, disputes, rain."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dialogs.booking.notices import What
from dialogs.booking.states import Step
from dialogs.booking.terms import Booking, NotPossible, Person, State
from tests.fakes.booking import COUNTY, FARMER, STATION, Yard, check_ledger, day, empty_store, wish

OTHER = Person("web", "other")


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    store = await empty_store(tmp_path)
    yield Yard(store)
    await store.close()


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


async def booked(
    yard: Yard, part: str | None = None, first: int = 2, area: str = "3.5", last: int | None = None
) -> Booking:
    """A booking that wang has accepted; there is no other provider."""
    wang = Person("web", "wang")
    if await yard.register.provider_of(wang) is None:
        await yard.provider("wang")
    booking = await yard.machinery.order(FARMER, wish(area, first, last, part=part), yard.key())
    return await yard.machinery.accept(wang, booking.id, yard.key())


async def heard(yard: Yard, person: Person, at: str) -> list[What]:
    """What somebody is told by then that they were not told before; the clock strikes twice."""
    before = len(yard.told.to(person))
    yard.now = local(at)
    await yard.machinery.tick()
    await yard.machinery.tick()
    return yard.told.to(person)[before:]


@pytest.mark.parametrize(
    ("part", "soon", "at_work"),
    [(None, "05:00", "07:00"), ("morning", "05:00", "07:00"), ("afternoon", "11:00", "13:00")],
)
async def test_both_sides_are_reminded_twice(yard: Yard, part: str, soon: str, at_work: str) -> None:
    await booked(yard, part)
    wang = Person("web", "wang")
    assert await heard(yard, wang, "2026-11-23T18:59") == []
    assert await heard(yard, wang, "2026-11-23T19:00") == [What.EVENING_BEFORE]
    assert await heard(yard, wang, f"2026-11-24T0{int(soon[:2]) - 1}:59" if soon < "10" else "2026-11-24T10:59") == []
    assert await heard(yard, wang, f"2026-11-24T{soon}") == [What.SOON]
    assert await heard(yard, wang, f"2026-11-24T{at_work}") == []
    assert yard.told.to(FARMER) == [What.ACCEPTED, What.EVENING_BEFORE, What.SOON]


async def test_nobody_is_reminded_of_what_was_agreed_a_moment_ago(yard: Yard) -> None:
    yard.now = local("2026-11-23T21:00")
    await booked(yard, "morning")
    assert await heard(yard, FARMER, "2026-11-23T21:01") == []
    assert await heard(yard, FARMER, "2026-11-24T05:00") == [What.SOON]


async def test_no_reminder_comes_late_and_a_new_day_has_its_own(yard: Yard) -> None:
    booking = await booked(yard)
    assert await heard(yard, FARMER, "2026-11-23T19:00") == [What.EVENING_BEFORE]
    await yard.machinery.reschedule(FARMER, booking.id, day(3), day(3), None, yard.key())
    await yard.machinery.accept(Person("web", "wang"), booking.id, yard.key())
    assert await heard(yard, FARMER, "2026-11-24T06:00") == []
    assert await heard(yard, FARMER, "2026-11-24T19:30") == [What.EVENING_BEFORE]
    assert await heard(yard, FARMER, "2026-11-25T12:00") == [], "the machine is at work"


async def test_both_are_asked_in_the_evening_of_the_last_day(yard: Yard) -> None:
    booking = await booked(yard, area="25")
    assert booking.last_day == day(4)
    assert What.ASK_DONE not in await heard(yard, FARMER, "2026-11-26T18:59")
    assert await heard(yard, FARMER, "2026-11-26T19:00") == [What.ASK_DONE]
    assert yard.told.to(Person("web", "wang"))[-1] == What.ASK_DONE


async def test_who_has_said_so_already_is_not_asked(yard: Yard) -> None:
    booking = await booked(yard)
    yard.now = local("2026-11-24T12:00")
    await yard.machinery.finish(FARMER, booking.id, True, None, None, yard.key())
    assert await heard(yard, FARMER, "2026-11-24T19:00") == []
    assert yard.told.to(Person("web", "wang"))[-1] == What.ASK_DONE


@pytest.mark.parametrize(("done", "state"), [(True, State.DONE), (False, State.NOT_DONE)])
async def test_the_word_of_one_side_holds_when_the_other_is_silent(yard: Yard, done: bool, state: State) -> None:
    booking = await booked(yard)
    yard.now = local("2026-11-24T20:00")
    await yard.machinery.finish(FARMER, booking.id, done, None, None, yard.key())
    assert What.SETTLED not in await heard(yard, FARMER, "2026-11-27T18:59")
    assert await heard(yard, FARMER, "2026-11-27T19:00") == [What.SETTLED]
    assert [one.state for one in await yard.machinery.mine(FARMER)] == [state]
    await check_ledger(yard.store)


async def test_without_any_word_it_expires(yard: Yard) -> None:
    await booked(yard)
    assert (await heard(yard, FARMER, "2026-11-27T19:00"))[-1] == What.EXPIRED
    assert [one.state for one in await yard.machinery.mine(FARMER)] == [State.EXPIRED]
    await check_ledger(yard.store)
    yard.now += timedelta(days=31)
    assert await yard.machinery.mine(FARMER) == []


async def test_what_they_say_differently_the_station_settles(yard: Yard) -> None:
    await yard.station()
    booking = await booked(yard)
    wang = Person("web", "wang")
    yard.now = local("2026-11-24T20:00")
    await yard.machinery.finish(FARMER, booking.id, False, None, None, yard.key())
    booking = await yard.machinery.finish(wang, booking.id, True, None, None, yard.key())
    assert booking.state == State.ACCEPTED
    assert yard.told.to(STATION) == [What.DISPUTE]
    assert What.EXPIRED not in await heard(yard, FARMER, "2026-12-07T19:00")
    booking = await yard.machinery.finish(STATION, booking.id, True, None, None, yard.key())
    assert booking.state == State.DONE
    assert yard.told.to(FARMER)[-1] == yard.told.to(wang)[-1] == What.SETTLED
    await yard.machinery.complain(FARMER, booking.id, "没割完", yard.key())
    assert (yard.told.to(STATION)[-1], yard.told.last(STATION).why) == (What.COMPLAINT, "没割完")
    with pytest.raises(NotPossible, match="over"):
        await yard.machinery.finish(FARMER, booking.id, False, None, None, yard.key())


async def test_a_dispute_that_nobody_settles_expires(yard: Yard) -> None:
    booking = await booked(yard)
    yard.now = local("2026-11-24T20:00")
    await yard.machinery.finish(FARMER, booking.id, False, None, None, yard.key())
    await yard.machinery.finish(Person("web", "wang"), booking.id, True, None, None, yard.key())
    assert (await heard(yard, FARMER, "2026-12-08T19:00"))[-1] == What.EXPIRED


async def test_one_side_may_correct_itself(yard: Yard) -> None:
    booking = await booked(yard)
    yard.now = local("2026-11-24T20:00")
    await yard.machinery.finish(FARMER, booking.id, False, None, None, yard.key())
    await yard.machinery.finish(Person("web", "wang"), booking.id, True, None, None, yard.key())
    booking = await yard.machinery.finish(FARMER, booking.id, True, None, None, yard.key())
    assert booking.state == State.DONE


async def test_by_night_a_provider_may_sleep(yard: Yard) -> None:
    await yard.provider("wang", price="50")
    await yard.provider("li")
    yard.now = local("2026-11-22T21:00")
    await yard.machinery.order(FARMER, wish(), yard.key())
    assert await heard(yard, FARMER, "2026-11-23T07:59") == []
    assert await heard(yard, FARMER, "2026-11-23T08:00") == [What.NEXT]


async def test_who_answers_late_but_before_anybody_else_is_asked_comes(yard: Yard) -> None:
    wang = await yard.provider("wang")
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    yard.now += timedelta(hours=3)
    assert (await yard.machinery.accept(wang, booking.id, yard.key())).state == State.ACCEPTED


async def test_who_says_yes_when_the_day_is_over_does_not_come(yard: Yard) -> None:
    wang = await yard.provider("wang")
    booking = await yard.machinery.order(FARMER, wish(), yard.key())
    yard.now += timedelta(days=3)
    assert (await yard.machinery.accept(wang, booking.id, yard.key())).state == State.ASKED
    assert await heard(yard, FARMER, "2026-11-25T13:00") == [What.UNSERVED]


async def test_rain_offers_both_sides_other_days_and_nobody_twice(yard: Yard) -> None:
    booking = await booked(yard)
    wang = Person("web", "wang")
    await booked(yard, first=3, area="10")
    assert await yard.machinery.spoiled("410", day(2), "有雨") == 0
    assert await yard.machinery.spoiled(COUNTY, day(1), "有雨") == 0
    assert await yard.machinery.spoiled(COUNTY, day(2), "有雨") == 1
    assert await yard.machinery.spoiled(COUNTY, day(2), "还有雨") == 0
    for who in (FARMER, wang):
        notice = yard.told.last(who)
        assert (notice.what, notice.why, notice.booking.state) == (What.SPOILED, "有雨", State.ACCEPTED)
        assert [quote.day for quote in notice.quotes] == [day(4), day(5), day(6)]
    # The farmer takes one of them: the same machine is asked.
    booking = await yard.machinery.reschedule(FARMER, booking.id, day(4), day(4), None, yard.key())
    assert (booking.state, booking.provider, booking.day) == (State.OFFERED, "wang", day(4))
    booking = await yard.machinery.accept(wang, booking.id, yard.key())
    assert await yard.machinery.spoiled(COUNTY, day(4), "又有雨") == 1
    await check_ledger(yard.store)


async def test_a_day_that_the_provider_proposes_is_booked_when_the_farmer_takes_it(yard: Yard) -> None:
    booking = await booked(yard)
    wang = Person("web", "wang")
    await yard.machinery.spoiled(COUNTY, day(2), "有雨")
    proposed = await yard.machinery.reschedule(wang, booking.id, day(5), day(5), None, yard.key())
    assert (proposed.state, proposed.day) == (State.ACCEPTED, day(2)), "until the farmer takes it"
    notice = yard.told.last(FARMER)
    assert (notice.what, [quote.day for quote in notice.quotes]) == (What.PROPOSED, [day(5)])
    moved = await yard.machinery.reschedule(FARMER, booking.id, day(5), day(5), None, yard.key())
    assert (moved.state, moved.day, moved.total) == (State.ACCEPTED, day(5), booking.total)
    assert yard.told.to(wang)[-1] == What.ACCEPTED
    assert (await yard.steps(booking.id))[-4:] == [Step.PROPOSE, Step.RESCHEDULE, Step.OFFER, Step.ACCEPT]
    await check_ledger(yard.store)


async def test_a_proposed_day_that_has_filled_up_is_asked_for_like_any(yard: Yard) -> None:
    booking = await booked(yard)
    wang = Person("web", "wang")
    await yard.machinery.reschedule(wang, booking.id, day(5), day(5), None, yard.key())
    await booked(yard, first=5, area="10")
    moved = await yard.machinery.reschedule(FARMER, booking.id, day(5), day(6), None, yard.key())
    assert (moved.state, moved.day) == (State.OFFERED, day(6))
    with pytest.raises(NotPossible, match="not_accepted"):
        await yard.machinery.reschedule(wang, booking.id, day(7), day(7), None, yard.key())
    await check_ledger(yard.store)


async def test_one_booking_that_fails_does_not_stop_the_clock_for_others(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await booked(yard)
    second = await yard.machinery.order(OTHER, wish("2"), yard.key())
    await yard.machinery.accept(Person("web", "wang"), second.id, yard.key())
    tell = yard.told.tell

    async def broken(session: object, person: Person, topic: str, about: object) -> None:
        if first.id in topic:
            raise RuntimeError
        await tell(session, person, topic, about)  # type: ignore[arg-type]

    monkeypatch.setattr(yard.told, "tell", broken)
    assert await heard(yard, OTHER, "2026-11-23T19:00") == [What.EVENING_BEFORE]
