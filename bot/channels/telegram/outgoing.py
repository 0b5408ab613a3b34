"""Messages to one person: text in parts, voice, and the marks on buttons."""

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from aiogram.enums import ChatAction, MessageEntityType
from aiogram.methods import AnswerCallbackQuery, EditMessageReplyMarkup, SendMessage, SendPhoto, SendVoice
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from bot.channels.base import SendError
from bot.channels.telegram import keyboard
from bot.channels.telegram.action import showing
from bot.channels.telegram.api import Api
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.render import Part
from nlu.speech.base import Clip, Mouth, NoVoice

Pictures = Callable[[str], Awaitable[bytes | None]]

log = structlog.get_logger(__name__)


class Outgoing:
    """Everything that the channel sends into a chat. Methods raise `SendError` unless they say otherwise."""

    def __init__(
        self, api: Api, mouth: Mouth | None, pace: Pace, *, push: bool = False, pictures: Pictures | None = None
    ) -> None:
        """`push`: what is sent unasked, which lets answers go first. `pictures` gives a reply's picture as a PNG."""
        self._pictures = pictures
        self._api = api
        self._push = push
        self._mouth = mouth
        self._pace = pace

    async def part(self, chat: int, part: Part) -> None:
        """Send one rendered message."""
        entities = None
        if part.fold:
            kind = MessageEntityType.EXPANDABLE_BLOCKQUOTE
            entities = [MessageEntity(type=kind, offset=part.fold.offset, length=part.fold.length)]
        await self._send(chat, part.text, keyboard.choices(part.choices), entities)

    async def say(self, chat: int, text: str, markup: InlineKeyboardMarkup | None = None) -> None:
        """Send a sentence of the channel's own."""
        await self._send(chat, text, markup, None)

    async def voice(self, chat: int, spoken: str, *, slow: bool = False) -> None:
        """Speak the text, `slow` for who asked for that. It has been sent as writing before, so failing here is noted and no more."""
        if self._mouth is None or not spoken.strip():
            return
        pace = self._pace
        try:
            async with showing(self._api, chat, ChatAction.RECORD_VOICE, after=0, every=pace.typing_every):
                clip = await self._mouth.speak(spoken, slow=slow)
            await self.clip(chat, clip)
        except (NoVoice, SendError) as error:
            log.warning("telegram_voice_not_sent", error=type(error).__name__)

    async def clip(self, chat: int, clip: Clip) -> None:
        """Send a voice message."""
        voice = BufferedInputFile(clip.data, "answer.ogg")
        method = SendVoice(chat_id=chat, voice=voice, duration=math.ceil(clip.seconds))
        await self._api.message(method, push=self._push)

    async def picture(self, chat: int, address: str | None) -> None:
        """Send a reply's picture, if it has one. The text says it all, so failing here is noted and no more."""
        drawn = await self._pictures(address) if self._pictures and address else None
        if drawn is None:
            return
        try:
            photo = BufferedInputFile(drawn, "picture.png")
            await self._api.message(SendPhoto(chat_id=chat, photo=photo), push=self._push)
        except SendError as error:
            log.warning("telegram_picture_not_sent", error=type(error).__name__)

    async def acknowledge(self, query_id: str, text: str | None = None) -> None:
        """End a button's waiting sign. Never fails: after some 15 s, or a second time, Telegram refuses it."""
        with suppress(SendError):
            await self._api.once(AnswerCallbackQuery(callback_query_id=query_id, text=text))

    async def relabel(self, chat: int, message_id: int, markup: InlineKeyboardMarkup | None) -> None:
        """Change the buttons under a message. Never fails: the message may be gone, or be like that already."""
        with suppress(SendError):
            await self._api.once(EditMessageReplyMarkup(chat_id=chat, message_id=message_id, reply_markup=markup))

    async def _send(
        self, chat: int, text: str, markup: InlineKeyboardMarkup | None, entities: list[MessageEntity] | None
    ) -> None:
        await self._api.message(
            SendMessage(
                chat_id=chat,
                text=text,
                entities=entities,
                reply_markup=markup,
                parse_mode=None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            ),
            push=self._push,
        )
