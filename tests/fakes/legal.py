"""A house in which lawyers can be asked for: three consultants around 柘城, and a vault."""

from pathlib import Path

from bot.consultation.legal import Legal, legal
from bot.scene import Numbers, appoint, read_scene
from dialogs.booking.terms import Person
from dialogs.handoff import Desk
from tests.fakes.house import House

COUNTY = "411424"
LAWYER = Person("test", "lawyer")
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SCENE = read_scene(Path(__file__).parents[1] / "conversations" / "scenes" / "consultants.yaml")


async def with_consultants(house: House, first: int | None = None) -> Legal:
    """Put legal consultations into a house, with the first so many consultants of the scene; with all where left out."""
    parts = legal(
        house.store,
        house.library,
        house.language,
        house.outbox,
        Desk(house.store),
        [KEY],
        house.clock,
        numbers=Numbers(),
    )
    house.conversations = parts.conversations
    house.serve(parts.chat)
    scene = SCENE.model_copy(update={"consultants": SCENE.consultants[:first]})
    await appoint(parts, scene, lambda user: Person("test", user))
    return parts
