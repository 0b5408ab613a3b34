"""What the console does with providers: every write needs the operator's role and goes into the audit log."""

from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from sqlalchemy import update

from bot.booking.parts import Booking
from dialogs.booking.models import ComplaintRow
from dialogs.booking.register import MachineCard, ProviderCard, UnknownProvider
from dialogs.booking.terms import Booking as Job
from dialogs.booking.terms import Person
from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.store import Store


class NotLinked(Exception):
    """The provider has no chat account yet: nothing was ever offered, there is nothing to keep free."""


class BookingDesk:
    """The operator's commands over one store."""

    def __init__(self, store: Store, parts: Booking, audit: Audit) -> None:
        self.parts = parts
        self._store = store
        self._audit = audit

    async def provider(self, id_: str) -> ProviderCard:
        """One provider. Raises `UnknownProvider`."""
        found = dict(await self.parts.register.providers())
        if id_ not in found:
            raise UnknownProvider
        return found[id_]

    async def put_provider(self, by: Account, card: ProviderCard, id_: str | None = None) -> str:
        """Add or change a provider; the id. Raises `UnknownProvider`."""
        by.require(Role.OPERATOR)
        kept = await self.parts.register.put_provider(card, id_)
        await self._note(by, "provider.add" if id_ is None else "provider.change", kept, shown=card.name)
        return kept

    async def put_machine(self, by: Account, provider: str, card: MachineCard, id_: str | None = None) -> None:
        """Add or change a machine. Raises `UnknownProvider`."""
        by.require(Role.OPERATOR)
        await self.parts.register.put_machine(provider, card, id_)
        await self._note(by, "machine.add" if id_ is None else "machine.change", provider, shown=card.name)

    async def code(self, by: Account, provider: str) -> str:
        """A code for the provider's chat account. Raises `UnknownProvider`."""
        by.require(Role.OPERATOR)
        card = await self.provider(provider)
        code = await self.parts.links.code(provider)
        await self._note(by, "provider.code", provider, shown=card.name)
        return code

    async def unlink(self, by: Account, provider: str) -> None:
        """No chat account any more: nothing new is offered. Raises `UnknownProvider`."""
        by.require(Role.OPERATOR)
        card = await self.provider(provider)
        await self.parts.register.put_provider(card.model_copy(update={"person": None}), provider)
        await self._note(by, "provider.unlink", provider, shown=card.name)

    async def calendar(self, by: Account, provider: str) -> str:
        """A new path of the calendar; the old one is void. Raises `UnknownProvider`."""
        by.require(Role.OPERATOR)
        card = await self.provider(provider)
        token = await self.parts.links.calendar(provider)
        await self._note(by, "provider.calendar", provider, shown=card.name)
        return f"/calendar/{token}.ics"

    async def revoke(self, by: Account, provider: str) -> None:
        """Make the calendar's address void. Raises `UnknownProvider`."""
        by.require(Role.OPERATOR)
        card = await self.provider(provider)
        await self.parts.links.revoke(provider)
        await self._note(by, "provider.revoke", provider, shown=card.name)

    async def days_off(
        self, by: Account, provider: str, days: tuple[date, date], why: str, machine: str | None
    ) -> Sequence[Job]:
        """Days off in the provider's name; what they move. Raises `NotLinked`, and what the ledger raises."""
        by.require(Role.OPERATOR)
        card = await self.provider(provider)
        if card.person is None:
            raise NotLinked
        key = f"console|{by.name}|{uuid4().hex}"
        moved = await self.parts.machinery.days_off(card.person, *days, why, key, machine=machine)
        await self._note(by, "provider.off", provider, shown=card.name, day=f"{days[0]}/{days[1]}")
        return moved

    async def back(self, by: Account, provider: str) -> None:
        """The provider works again. Raises `NotLinked`, `UnknownProvider`."""
        by.require(Role.OPERATOR)
        card = await self.provider(provider)
        if card.person is None:
            raise NotLinked
        await self.parts.machinery.back(card.person, f"console|{by.name}|{uuid4().hex}")
        await self._note(by, "provider.back", provider, shown=card.name)

    async def settle(self, by: Account, booking: str, *, done: bool) -> None:
        """Say how a job went, where the two sides do not agree or are silent; both are told. Raises what the ledger raises."""
        by.require(Role.OPERATOR)
        key = f"console|{by.name}|{booking}|{'done' if done else 'not_done'}"
        settled = await self.parts.machinery.settle(Person("console", by.name), booking, done, key)
        await self._note(by, "booking.settle", booking, shown=settled.number)

    async def hand(self, by: Account, booking: str, machine: str) -> None:
        """Offer an order to an operator of one's choice. Raises what the ledger raises."""
        by.require(Role.OPERATOR)
        handed = await self.parts.machinery.hand(
            Person("console", by.name), booking, machine, f"console|{by.name}|{uuid4().hex}"
        )
        await self._note(by, "booking.hand", booking, shown=handed.number, to=handed.provider or "")

    async def handle(self, by: Account, complaint: str, note: str) -> bool:
        """Mark a complaint as seen to, once, with what came of it; False for one that is unknown or marked already."""
        by.require(Role.OPERATOR)
        open_one = (ComplaintRow.id == complaint, ComplaintRow.handled_at.is_(None))
        marked = update(ComplaintRow).where(*open_one).returning(ComplaintRow.booking_id)
        async with self._store.session() as session:
            values = {"handled_at": self.parts.clock(), "handled_by": by.name, "handled_note": note}
            booking = await session.scalar(marked.values(values).execution_options(synchronize_session=False))
            if booking is not None:
                self._audit.record(session, by, "complaint.handle", booking)
        return booking is not None

    async def _note(self, by: Account, action: str, subject: str, **detail: object) -> None:
        async with self._store.session() as session:
            self._audit.record(session, by, action, subject, **detail)
