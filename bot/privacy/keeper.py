"""What the chat about one's own data asks of a running system."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.privacy.consents import Consents
from bot.privacy.copies import Copies
from bot.privacy.erasing import Erasing
from bot.privacy.linking import Linking, NotJoined
from bot.privacy.person import Account
from bot.privacy.recordings import Recordings
from bot.privacy.register import Register
from dialogs.topics.privacy_port import Refused, Survey, Topic

INTERNAL = frozenset({"record"})
"""Groups of which people are not told what there is of them: it is nobody's."""


@dataclass(frozen=True, slots=True)
class PrivacyKeeper:
    """A `Keeper` over one store. `root`: the address of this server, without a slash; `answerable`: who, and how to reach them."""

    register: Register
    consents: Consents
    copies: Copies
    erasing: Erasing
    linking: Linking
    recordings: Recordings
    root: str
    answerable: tuple[str, str]

    @property
    def voice_days(self) -> int | None:
        """How long recordings are kept; None where none are."""
        return self.recordings.keep.days if self.recordings.keep else None

    def topics(self) -> Sequence[Topic]:
        """What is kept, in the order of the register."""
        text = self.register.text
        return [
            Topic(one.name, one.what, one.why, text(one, "long"))
            for name, one in self.register.groups.items()
            if name not in INTERNAL
        ]

    def operator(self) -> tuple[str, str]:
        """Who is answerable, and how to reach them."""
        return self.answerable

    def page(self) -> str:
        """Where all of that can be read."""
        return f"{self.root}/privacy"

    async def waits(self, channel: str, user: str) -> bool:
        """Whether somebody was asked with the last answer and has not said yes or no."""
        found = await self.consents.of(Account(channel, user))
        return found is not None and found.answer is None and found.asked_with != ""

    async def answer(self, channel: str, user: str, *, yes: bool) -> None:
        """Keep what they answer."""
        await self.consents.answer(Account(channel, user), yes=yes)

    async def allow_voice(self, channel: str, user: str) -> None:
        """Keep recordings from now on."""
        await self.consents.choose(Account(channel, user), voice=True)

    async def survey(self, channel: str, user: str) -> Survey:
        """What there is, by the names that people know."""
        person = await self.linking.person(Account(channel, user))
        counts = await self.copies.counts(person)
        shown = {name: count for name, count in counts.items() if name not in INTERNAL}
        on_duty = shown.pop("duty", 0) > 0
        names = {self.register.groups[name].name: count for name, count in shown.items()}
        return Survey(names, await self.erasing.in_progress(person), on_duty)

    async def copy(self, channel: str, user: str) -> str:
        """The address of a copy of all of it."""
        return self.root + await self.copies.address(Account(channel, user))

    async def code(self, channel: str, user: str) -> str:
        """A code with which another account can be joined to this one. Raises `Refused`."""
        try:
            return await self.linking.code(Account(channel, user))
        except NotJoined as refusal:
            raise Refused(refusal.why) from None

    async def whose(self, channel: str, user: str, code: str) -> str:
        """The channel of the account to which a code belongs. Raises `Refused`."""
        try:
            return (await self.linking.look(Account(channel, user), code)).channel
        except NotJoined as refusal:
            raise Refused(refusal.why) from None

    async def joined(self, channel: str, user: str) -> Sequence[str]:
        """The channels of a person's accounts, the primary one first."""
        return [one.channel for one in (await self.linking.person(Account(channel, user))).accounts]
