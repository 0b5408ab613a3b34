"""What the console does with consultants and appointments: every write needs the operator's role and goes into the audit log."""

from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from bot.consultation.legal import Legal
from dialogs.booking.terms import Person
from dialogs.consultation.register import Card, UnknownConsultant
from dialogs.consultation.terms import Appointment
from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.store import Store

CHANNEL = "console"
"""The channel of a person of the staff in the ledger."""


class ConsultantDesk:
    """The operator's commands over one store."""

    def __init__(self, store: Store, legal: Legal, audit: Audit) -> None:
        self.legal = legal
        self._store = store
        self._audit = audit

    async def card(self, id_: str) -> Card:
        """One consultant. Raises `UnknownConsultant`."""
        found = dict(await self.legal.register.all())
        if id_ not in found:
            raise UnknownConsultant
        return found[id_]

    async def put(self, by: Account, card: Card, id_: str | None = None) -> str:
        """Add or change a consultant; the id. Raises `UnknownConsultant`."""
        by.require(Role.OPERATOR)
        kept = await self.legal.register.put(card, id_)
        await self._note(by, "consultant.add" if id_ is None else "consultant.change", kept, shown=card.name)
        return kept

    async def code(self, by: Account, consultant: str, /) -> str:
        """A code for the consultant's chat account. Raises `UnknownConsultant`."""
        by.require(Role.OPERATOR)
        card = await self.card(consultant)
        code = await self.legal.links.code(consultant)
        await self._note(by, "consultant.code", consultant, shown=card.name)
        return code

    async def unlink(self, by: Account, consultant: str, /) -> None:
        """No chat account any more: nothing is told there, no story can be read. Raises `UnknownConsultant`."""
        by.require(Role.OPERATOR)
        card = await self.card(consultant)
        await self.legal.register.put(card.model_copy(update={"person": None}), consultant)
        await self._note(by, "consultant.unlink", consultant, shown=card.name)

    async def calendar(self, by: Account, consultant: str, /) -> str:
        """A new path of the calendar; the old one is void. Raises `UnknownConsultant`."""
        by.require(Role.OPERATOR)
        card = await self.card(consultant)
        token = await self.legal.links.calendar(consultant)
        await self._note(by, "consultant.calendar", consultant, shown=card.name)
        return f"/calendar/{token}.ics"

    async def revoke(self, by: Account, consultant: str, /) -> None:
        """Make the calendar's address void. Raises `UnknownConsultant`."""
        by.require(Role.OPERATOR)
        card = await self.card(consultant)
        await self.legal.links.revoke(consultant)
        await self._note(by, "consultant.revoke", consultant, shown=card.name)

    async def days_off(self, by: Account, consultant: str, days: tuple[date, date], why: str) -> Sequence[Appointment]:
        """Days off for a consultant; what they displace. Raises `UnknownConsultant`, and what the ledger raises."""
        by.require(Role.OPERATOR)
        card = await self.card(consultant)
        displaced = await self.legal.consultations.days_off_for(_staff(by), consultant, days, why, _key(by))
        await self._note(by, "consultant.off", consultant, shown=card.name, day=f"{days[0]}/{days[1]}")
        return displaced

    async def back(self, by: Account, consultant: str) -> None:
        """No days off any more. Raises `UnknownConsultant`."""
        by.require(Role.OPERATOR)
        card = await self.card(consultant)
        await self.legal.register.back(consultant)
        await self._note(by, "consultant.back", consultant, shown=card.name)

    async def cancel(self, by: Account, appointment: str, why: str) -> None:
        """Cancel an appointment; both sides are told why. Raises what the ledger raises."""
        by.require(Role.OPERATOR)
        gone = await self.legal.consultations.call_off(_staff(by), appointment, why, _key(by))
        await self._note(by, "consultation.cancel", appointment, shown=gone.consultant.name, reason=why)

    async def _note(self, by: Account, action: str, subject: str, **detail: object) -> None:
        async with self._store.session() as session:
            self._audit.record(session, by, action, subject, **detail)


def _staff(by: Account) -> Person:
    return Person(CHANNEL, by.name)


def _key(by: Account) -> str:
    return f"{CHANNEL}|{by.name}|{uuid4().hex}"
