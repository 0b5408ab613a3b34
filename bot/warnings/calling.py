"""Warnings in the chat and the ladder of calls over a store: how their parts are put together."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.delivery.circular import Circulars
from bot.delivery.outbox import Outbox
from bot.schedule import Schedule
from bot.warnings.calls import OutboxCalls, OutboxDeliveries
from bot.warnings.drills import DrillMessages
from bot.warnings.loudspeakers import LoudspeakerFollower
from dialogs.places import Places
from dialogs.topics.warnings import LastLook, Parts
from dialogs.warning_calls import call_reply
from dialogs.warning_text import announcement
from knowledge_base.store import Store
from knowledge_base.warnings.answers import Answers
from knowledge_base.warnings.broadcast import Broadcasts
from knowledge_base.warnings.current import Current
from knowledge_base.warnings.dispatch import Follower
from knowledge_base.warnings.help_calls import HelpCalls
from knowledge_base.warnings.ladder import Ladder
from knowledge_base.warnings.people import People
from knowledge_base.warnings.speakers import Loudspeakers

EVERY = timedelta(seconds=20)
"""How often the ladder is looked after."""

Clock = Callable[[], datetime]


async def never() -> datetime | None:
    """No source of warnings has been looked at."""
    return None


def chat_parts(store: Store, outbox: Outbox, places: Places, clock: Clock, last_look: LastLook = never) -> Parts:
    """What the topic of warnings stands on."""
    answers = Answers(store, calls(outbox, places, clock), OutboxDeliveries(), clock)
    return Parts(People(store), answers, Current(store, clock), places, last_look)


def calls(outbox: Outbox, places: Places, clock: Clock) -> OutboxCalls:
    """Calls to people on duty."""
    return OutboxCalls(outbox, Circulars(outbox, clock), lambda call: call_reply(call, places.full_name))


def ladder(store: Store, outbox: Outbox, places: Places, clock: Clock, *, orange: bool = False) -> Ladder:
    """The ladder; see `followers`."""
    return Ladder(store, calls(outbox, places, clock), OutboxDeliveries(), clock, orange=orange)


def followers(ladder: Ladder, loudspeakers: Loudspeakers, broadcasts: Broadcasts | None = None) -> Sequence[Follower]:
    """What begins and ends with a warning, for every intake of a process."""
    always = (ladder.follow, LoudspeakerFollower(loudspeakers, announcement))
    return always if broadcasts is None else (*always, broadcasts)


def drill_followers(
    outbox: Outbox, loudspeakers: Loudspeakers, clock: Clock, *, drills: bool, broadcasts: Broadcasts | None = None
) -> Sequence[Follower]:
    """Who hears of drills: loudspeakers, the officers' phones, and the broadcast platform; nobody unless `drills`."""
    if not drills:
        return ()
    told = (LoudspeakerFollower(loudspeakers, announcement), DrillMessages(outbox, announcement, clock))
    return told if broadcasts is None else (*told, broadcasts)


def look_after(schedule: Schedule, ladder: Ladder, help_calls: HelpCalls, clock: Clock) -> None:
    """Have the ladder and calls for help looked after for as long as the schedule runs."""
    schedule.every(EVERY, "ladder", ladder.tick, first=clock())
    schedule.every(EVERY, "help_calls", help_calls.tick, first=clock())
