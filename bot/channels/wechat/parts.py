"""The parts of an answer, and how replies become them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.preferences import Preferences
from bot.channels.wechat.offers import Offers
from bot.channels.wechat.render import Offer, page
from bot.channels.wechat.texts import Texts
from dialogs.messages import Choice, Reply


@dataclass(frozen=True, slots=True)
class Words:
    """A text, and the choices below it."""

    text: str
    offers: tuple[Offer, ...] = ()
    countable: bool = True

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices without their numbers."""
        return tuple(offer.choice for offer in self.offers)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its address."""

    address: str


@dataclass(frozen=True, slots=True)
class Speech:
    """A text to be spoken."""

    spoken: str
    slow: bool


Part = Words | Picture | Speech


class Composer:
    """Puts replies into words, and remembers what they offer."""

    def __init__(self, preferences: Preferences, texts: Texts) -> None:
        self.offers = Offers(preferences)
        self._texts = texts

    async def words(
        self, user: str, replies: Sequence[Reply], *, heard: str | None = None, before: str = ""
    ) -> list[Words]:
        """The texts of replies. Their choices are what a number means from now on."""
        what = page(replies, self._texts, heard, before)
        if what.detail:
            await self.offers.keep_detail(user, what.detail)
        offers = await self.offers.note(user, what.choices, countable=what.countable)
        first = [Words(text) for text in what.texts[:-1]]
        last = what.texts[-1] if what.texts else ""
        return [*first, Words(last, offers, what.countable)] if last or offers else first

    async def offering(self, user: str, text: str, choices: Sequence[Choice]) -> Words:
        """A text of the channel's own with choices."""
        return Words(text, await self.offers.note(user, choices, countable=True))
