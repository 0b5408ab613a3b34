"""Legal consultations put together: the chat, the register, and the regular rounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.consultation.post import OutboxNotify
from bot.delivery.outbox import Outbox
from bot.language import Language
from bot.schedule import Schedule
from dialogs.answer import answer
from dialogs.booking.links import Links
from dialogs.booking.machinery import five_digits
from dialogs.booking.sounds import Sounds
from dialogs.consultation.calendar import ics
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.discreet import DiscreetConversations
from dialogs.consultation.models import ConsultantLinkRow, ConsultantRow
from dialogs.consultation.register import Register
from dialogs.consultation.stories import shut
from dialogs.consultation.vault import Vault
from dialogs.consultation.wanted import Wishes
from dialogs.handoff import Desk
from dialogs.messages import Reply
from dialogs.topics.consultation import Beside, LegalConsultation
from dialogs.turn_order import TurnOrder
from knowledge_base.library import Library
from knowledge_base.store import Store

EVERY = timedelta(minutes=1)
"""How often it is looked for reminders and for what is to be deleted."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Legal:
    """All that there is of legal consultations. `conversations` must be those of the assistant."""

    chat: LegalConsultation
    consultations: Consultations
    register: Register
    links: Links
    conversations: DiscreetConversations
    clock: Clock

    async def calendar(self, token: str) -> bytes | None:
        """The iCalendar of the consultant whose address holds this token; None where it is void or was never made."""
        consultant = await self.links.reads(token)
        if consultant is None:
            return None
        agenda, offs = await self.consultations.agenda_of(consultant), await self.register.off(consultant)
        return ics(agenda, self.clock(), offs).encode()


def legal(  # noqa: PLR0917 - its parts
    store: Store,
    library: Library,
    language: Language,
    outbox: Outbox,
    desk: Desk,
    keys: Sequence[str],
    clock: Clock,
    beside: Beside | None = None,
    numbers: Callable[[], str] = five_digits,
    order: TurnOrder | None = None,
) -> Legal:
    """Over one store. `keys` seal what is told, the first one; raises `KeysUnusable`. `order`: that of all turns."""
    vault = Vault(keys)
    consultations = Consultations(store, OutboxNotify(outbox, clock), vault, clock, new_number=numbers)

    async def first_answer(key: str) -> Reply | None:
        entry = await library.get(key)
        if entry is None or entry.expired(clock().date()):
            return None
        return answer(entry, await library.titles(entry.follow_ups))

    links = Links(store, clock, ConsultantLinkRow, ConsultantRow, bound=shut)
    wishes = Wishes(Sounds(language.words, language.gazetteer))
    return Legal(
        chat=LegalConsultation(consultations, first_answer, desk, language.places, wishes, links, beside),
        consultations=consultations,
        register=Register(store, clock),
        links=links,
        conversations=DiscreetConversations(store, vault, order),
        clock=clock,
    )


def go_round(schedule: Schedule, legal: Legal) -> None:
    """Have reminders sent and stories deleted for as long as the schedule runs."""
    schedule.every(EVERY, "consultations", legal.consultations.tick, first=legal.clock())
