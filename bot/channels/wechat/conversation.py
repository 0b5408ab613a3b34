"""One arrival: to the assistant, and what its answer amounts to in WeChat's messages."""

from dataclasses import replace

import structlog

from bot.channels.base import Handler, SendError
from bot.channels.preferences import VOICE, Preferences, VoiceMode, note_spoke, voice_mode
from bot.channels.split import octets, split
from bot.channels.wechat.api import Api
from bot.channels.wechat.arrival import Arrival, Came, Clicked, Left, Placed, Recorded, Typed, Unreadable
from bot.channels.wechat.faults import FileTooBig
from bot.channels.wechat.parts import Composer, Part, Picture, Speech, Words
from bot.channels.wechat.render import DETAIL, MAX_TEXT, OWN
from bot.channels.wechat.texts import Texts
from dialogs.messages import Choice, Inbound, Location, ReplyKind, Turn, Voice

log = structlog.get_logger(__name__)

VOICES = f"{OWN}voice:"
LEFT = "left"
PLACE = "place"


class Conversation:
    """Answers arrivals; the same arrival gets the same answer again, since the assistant knows it by its key."""

    def __init__(
        self,
        api: Api,
        handler: Handler,
        composer: Composer,
        *,
        preferences: Preferences,
        texts: Texts,
        max_bytes: int,
    ) -> None:
        self._api = api
        self._handler = handler
        self._preferences = preferences
        self._composer = composer
        self._offers = composer.offers
        self._texts = texts
        self._max_bytes = max_bytes

    async def answer(self, arrival: Arrival) -> list[Part]:
        """The parts of the answer, in order; empty where none is to be given."""
        user, content = arrival.user, arrival.content
        if isinstance(content, Left):
            await self._preferences.set(user, LEFT, "1")
            return []
        if await self._preferences.get(user, LEFT) == "1":
            await self._preferences.set(user, LEFT, "0")
        match content:
            case Unreadable(kind):
                return [Words(getattr(self._texts.unread, kind))]
            case Clicked(key):
                return await self._clicked(arrival, key)
            case Placed(where, sent):
                return await self._placed(arrival, where, sent=sent)
            case Came(follows, place):
                return await self._came(arrival, place, follows=follows)
            case Recorded():
                return await self._recorded(arrival, content)
            case Typed(text, menu):
                return await self._typed(arrival, text, menu)

    async def _typed(self, arrival: Arrival, text: str, menu: int) -> list[Part]:
        meant = await self._offers.meant(arrival.user, arrival.key, text, menu)
        if meant is not None and meant.startswith(OWN):
            return await self._own(arrival.user, meant)
        inbound = self._inbound(arrival, choice=meant) if meant else self._inbound(arrival, text=text)
        spoke = None if meant else False
        return await self._parts(arrival.user, await self._handler(inbound), spoke=spoke)

    async def _recorded(self, arrival: Arrival, content: Recorded) -> list[Part]:
        """The recording counts; what WeChat made of it is used where ours cannot be had, or cannot be understood."""
        turn: Turn | None = None
        missing = self._texts.not_fetched
        try:
            voice = Voice(await self._api.fetch(content.media_id, self._max_bytes), "audio/amr")
        except SendError as error:
            log.warning("wechat_recording_not_fetched", error=type(error).__name__)
            missing = self._texts.too_big if isinstance(error, FileTooBig) else missing
        else:
            turn = await self._handler(self._inbound(arrival, voice=voice))
        if (turn is None or turn.heard is None) and content.recognised:
            again = replace(arrival, key=f"{arrival.key}:text")
            turn = replace(await self._handler(self._inbound(again, text=content.recognised)), heard=content.recognised)
        if turn is None:
            return [Words(missing)]
        return await self._parts(arrival.user, turn, spoke=True)

    async def _placed(self, arrival: Arrival, where: Location, *, sent: bool) -> list[Part]:
        """A phone tells its place with every opening of the chat: that is taken in once, and without a word about it."""
        if not sent:
            here = f"{where.latitude:.2f},{where.longitude:.2f}"
            if await self._preferences.get(arrival.user, PLACE) == here:
                return []
            await self._preferences.set(arrival.user, PLACE, here)
        turn = await self._handler(self._inbound(arrival, location=where))
        if not sent and all(reply.kind is ReplyKind.INFO and not reply.choices for reply in turn.replies):
            return []
        return await self._parts(arrival.user, turn, spoke=None)

    async def _came(self, arrival: Arrival, place: str | None, *, follows: bool) -> list[Part]:
        turn = await self._handler(self._inbound(arrival, text=self._texts.begins, place=place))
        return await self._parts(arrival.user, turn, spoke=None, before=self._texts.welcome if follows else "")

    async def _clicked(self, arrival: Arrival, key: str) -> list[Part]:
        entry = self._texts.entry(key)
        if entry is None:  # a menu of before
            return []
        if entry.settings:
            words = self._texts.settings
            mode = await voice_mode(self._preferences, arrival.user)
            text = words.text.format(mode=words.modes[mode])
            choices = [Choice(VOICES + option, label) for option, label in words.modes.items()]
            return [await self._composer.offering(arrival.user, text, choices)]
        turn = await self._handler(self._inbound(arrival, text=entry.says or entry.name))
        return await self._parts(arrival.user, turn, spoke=None)

    async def _own(self, user: str, choice: str) -> list[Part]:
        if choice == DETAIL:
            detail = await self._offers.detail(user)
            return [Words(piece) for piece in split(detail, MAX_TEXT, octets)] or [Words(self._texts.detail_gone)]
        mode = VoiceMode(choice.removeprefix(VOICES))
        await self._preferences.set(user, VOICE, mode)
        return [Words(self._texts.settings.done.format(label=self._texts.settings.modes[mode]))]

    async def _parts(self, user: str, turn: Turn, *, spoke: bool | None, before: str = "") -> list[Part]:
        """`spoke`: whether the person spoke, None where they neither spoke nor typed."""
        if spoke is not None:
            await note_spoke(self._preferences, user, spoke=spoke)
        parts: list[Part] = [*await self._composer.words(user, turn.replies, heard=turn.heard, before=before)]
        parts += [Picture(reply.picture) for reply in turn.replies if reply.picture]
        mode = await voice_mode(self._preferences, user)
        if mode.wanted(spoke=bool(spoke)):
            said = "\n".join(reply.spoken.strip() for reply in turn.replies if reply.spoken.strip())
            parts += [Speech(said, mode is VoiceMode.SLOW)] if said else []
        return parts

    def _inbound(
        self,
        arrival: Arrival,
        *,
        text: str | None = None,
        voice: Voice | None = None,
        location: Location | None = None,
        choice: str | None = None,
        place: str | None = None,
    ) -> Inbound:
        return Inbound(
            channel="wechat",
            user=arrival.user,
            external_id=arrival.key,
            received_at=arrival.at,
            text=text,
            voice=voice,
            location=location,
            choice=choice,
            place=place,
        )
