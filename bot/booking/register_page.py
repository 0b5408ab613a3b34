"""What the console's pages on registers share: forms as they were typed, and what is wrong with them in words."""

from collections.abc import Mapping

from fastapi import Request

from bot.booking.provider_form import Wrong
from knowledge_base.curation.accounts import Role
from knowledge_base.curation.console.kit import Kit

_LONGEST = 4000


class RegisterPage:
    """Of one area of the texts."""

    def __init__(self, kit: Kit, area: str) -> None:
        self.kit = kit
        self._area = area

    async def typed(self, request: Request, fields: Mapping[str, str]) -> dict[str, str]:
        """What was typed into these fields; empty for one that was not sent."""
        form = await self.kit.form(request)
        return {name: str(form.get(name, "")).strip()[:_LONGEST] for name in fields}

    def sentences(self, wrong: Wrong) -> dict[str, str]:
        """What is wrong, by field."""
        return self.said(**wrong.errors)

    def said(self, **errors: str) -> dict[str, str]:
        """Keys of the area's `errors` as sentences, by field."""
        return {field: self.kit.text(f"{self._area}.errors.{key}") for field, key in errors.items()}

    def may(self, request: Request) -> bool:
        """Whether who looks may write."""
        visit = self.kit.door.visit(request)
        return visit is not None and visit.account.may(Role.OPERATOR)
