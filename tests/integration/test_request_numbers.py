"""The number of a message stands in the rows that it leads to."""

from sqlalchemy import select

from bot.delivery.models import OutboxRow
from bot.tracing import traced
from dialogs.booking.models import EventRow
from dialogs.messages import Inbound
from dialogs.models import HandledRow
from tests.fakes.house import House
from tests.fakes.operators import Operators


async def test_a_message_is_followed_from_the_channel_to_the_rows(house: House) -> None:
    operators = Operators(house)
    await operators.usual()
    handle = traced(house.assistant.turn, ids=lambda: "0123456789abcdef")
    await handle(Inbound("test", "wang", "m1", house.now, text="接"))
    async with house.store.session() as session:
        (turn,) = await session.scalars(select(HandledRow).where(HandledRow.external_id == "m1"))
        steps = (await session.scalars(select(EventRow.step).where(EventRow.request == turn.request))).all()
        told = (await session.scalars(select(OutboxRow.user).where(OutboxRow.request == turn.request))).all()
        before = (await session.scalars(select(EventRow.request).where(EventRow.step == "order"))).all()
    assert turn.request == "0123456789abcdef"
    assert steps == ["accept"]
    assert told == ["zhang"]
    assert set(before) == {None}, "what the program does by itself has none"
