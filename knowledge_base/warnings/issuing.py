"""Officers who may issue warnings from the chat: registered in the console with that right, each for a place."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.accounts import Role as Duty
from knowledge_base.store import Store
from knowledge_base.warnings.models import OfficerRow, Role, VillageRow

_LONGEST = 40
"""Characters of an account's name."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An officer with the right to issue. `areas` are the codes they are registered for, without zeros at the end."""

    channel: str
    user: str
    shown: str
    areas: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """Of the areas that are villages or towns, as the county's table calls them."""

    @property
    def account(self) -> Account:
        """The officer as the audit log and the typed warnings know them."""
        return Account(account_name(self.channel, self.user), self.shown, frozenset({Duty.OPERATOR}), 0)

    def may(self, codes: Collection[str]) -> bool:
        """Whether all these places lie in the officer's own."""
        return bool(codes) and all(code.startswith(self.areas) for code in codes)


def account_name(channel: str, user: str) -> str:
    """How an officer is called in the audit log: no person's name begins with @."""
    name = f"@{channel}:{user}"
    return name if len(name) <= _LONGEST else f"@{channel}:{hashlib.sha256(user.encode()).hexdigest()[:20]}"


class Issuers:
    """The officers of one store who may issue."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, channel: str, user: str) -> Issuer | None:
        """An officer; None for everybody else."""
        async with self._store.session() as session:
            query = select(OfficerRow).where(OfficerRow.channel == channel, OfficerRow.user == user)
            found = _issuers((await session.scalars(query.where(OfficerRow.role == Role.ISSUER))).all())
            if not found:
                return None
            named = select(VillageRow.code, VillageRow.name).where(VillageRow.code.in_(found[0].areas))
            return replace(found[0], names={row.code: row.name for row in await session.execute(named)})

    async def of(self, session: AsyncSession) -> Sequence[Issuer]:
        """All of them."""
        rows = await session.scalars(select(OfficerRow).where(OfficerRow.role == Role.ISSUER))
        return _issuers(rows.all())

    async def places_in(self, issuer: Issuer, text: str) -> Mapping[str, str]:
        """Codes and names of the villages and towns of the officer's areas that a text names; of a name within another, the longer.

        A name that several places have is none.
        """
        below = [and_(VillageRow.code >= area, VillageRow.code < f"{area}:") for area in issuer.areas]
        async with self._store.session() as session:
            rows = (await session.execute(select(VillageRow.code, VillageRow.name).where(or_(*below)))).all()
        codes: dict[str, list[str]] = {}
        for code, name in rows:
            if name in text:
                codes.setdefault(name, []).append(code)
        named = [name for name in codes if not any(name != other and name in other for other in codes)]
        return {codes[name][0]: name for name in sorted(named, key=text.index) if len(codes[name]) == 1}


def _issuers(rows: Sequence[OfficerRow]) -> list[Issuer]:
    found: dict[tuple[str, str], list[OfficerRow]] = {}
    for row in sorted(rows, key=lambda row: (row.channel, row.user, row.place)):
        found.setdefault((row.channel, row.user), []).append(row)
    return [Issuer(*key, some[0].shown, tuple(row.place for row in some)) for key, some in found.items()]
