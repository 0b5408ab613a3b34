"""A house in which lawyers can be asked for: three consultants around 柘城, and a vault."""

from itertools import count

from bot.consultation.legal import Legal, legal
from dialogs.booking.terms import Person
from dialogs.consultation.hours import Period
from dialogs.consultation.register import Card
from dialogs.consultation.terms import Role, Way
from dialogs.handoff import Desk
from tests.fakes.house import House

COUNTY = "411424"
LAWYER = Person("test", "lawyer")
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_MORNING, _NOON, _EVENING = 9 * 60, 12 * 60, 17 * 60
WEEK = tuple(Period(day, _MORNING, _NOON) for day in range(5))
AFTERNOONS = tuple(Period(day, 14 * 60, _EVENING) for day in range(5))

CARDS = (
    Card(
        role=Role.LAWYER,
        name="李建国",
        phone="13800000001",
        person=LAWYER,
        areas=(COUNTY,),
        ways=(Way.PHONE, Way.VIDEO),
        link="https://meet.example/li",
        hours=WEEK,
    ),
    Card(
        role=Role.LEGAL_AID,
        name="王芳",
        phone="13800000002",
        kinds=("wages", "injury"),
        ways=(Way.OFFICE, Way.PHONE),
        office="柘城县司法局一楼",
        hours=AFTERNOONS,
    ),
    Card(
        role=Role.MEDIATOR,
        name="赵老根",
        phone="13800000003",
        kinds=("neighbours", "family", "land"),
        areas=(COUNTY,),
        ways=(Way.OFFICE,),
        office="柘城县城关镇司法所",
        hours=AFTERNOONS,
    ),
)


async def with_consultants(house: House, cards: tuple[Card, ...] = CARDS) -> Legal:
    """Put legal consultations into a house, with these consultants."""
    numbers = count(10_001)

    def five() -> str:
        return str(next(numbers))

    parts = legal(
        house.store, house.library, house.language, house.outbox, Desk(house.store), [KEY], house.clock, numbers=five
    )
    house.conversations = parts.conversations
    house.serve(parts.chat)
    for card in cards:
        await parts.register.put(card)
    return parts
