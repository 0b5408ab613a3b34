"""What arrived: an update of the Bot API, reduced to what the channel acts on."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from aiogram.enums import ChatType, ContentType
from aiogram.types import Audio, CallbackQuery, Document, Message, Update, Voice

ALLOWED = ["message", "edited_message", "callback_query"]
"""The kinds of update that are asked for."""
COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@\w+)?(?:\s|$)")
UNREAD = {
    ContentType.PHOTO: "picture",
    ContentType.LIVE_PHOTO: "picture",
    ContentType.VIDEO: "video",
    ContentType.ANIMATION: "other",
    ContentType.VIDEO_NOTE: "video_note",
    ContentType.DOCUMENT: "document",
    ContentType.STICKER: "other",
    ContentType.CONTACT: "other",
    ContentType.POLL: "other",
    ContentType.DICE: "other",
    ContentType.STORY: "other",
    ContentType.PAID_MEDIA: "other",
    ContentType.UNKNOWN: "other",
}
"""Kinds of message that are answered by a sentence; service messages are not answered."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words; `beside` names what they were the caption of (a key of `unread` in texts.yaml)."""

    text: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that has yet to be fetched; `size` in bytes, 0 where Telegram does not say."""

    file_id: str
    size: int
    mime: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A position in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Commanded:
    """/name, without the slash; `text` is the whole message."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button; `label` is empty where its message is too old to be seen."""

    query_id: str
    message_id: int
    data: str
    label: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that cannot be read (a key of `unread` in texts.yaml)."""

    kind: str


Content = Typed | Recorded | Placed | Commanded | Pressed | Unreadable


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that a person did. `at` is when they sent it, as far as Telegram says."""

    chat: int
    private: bool
    external_id: str
    at: datetime
    content: Content


def read(update: Update, now: datetime) -> Arrival | None:
    """The person's doing in an update; None where nothing is to be done."""
    if update.message is not None:
        return _message(update.message)
    if update.edited_message is not None:
        return _edited(update.edited_message)
    if update.callback_query is not None:
        return _pressed(update.callback_query, now)
    return None


def _message(message: Message) -> Arrival | None:
    content = _content(message)
    if content is None:
        return None
    external_id = f"{message.chat.id}:{message.message_id}"
    if isinstance(content, Unreadable) and message.media_group_id:
        # An album comes as one message per picture and is answered once.
        external_id = f"{message.chat.id}:album:{message.media_group_id}"
    return _arrival(message, external_id, message.date, content)


def _edited(message: Message) -> Arrival | None:
    """A corrected question is asked anew; other edits (a moving position, say) are left alone."""
    if not message.text or message.edit_date is None:
        return None
    external_id = f"{message.chat.id}:{message.message_id}:{message.edit_date}"
    return _arrival(message, external_id, datetime.fromtimestamp(message.edit_date, UTC), Typed(message.text))


def _arrival(message: Message, external_id: str, at: datetime, content: Content) -> Arrival:
    return Arrival(message.chat.id, message.chat.type == ChatType.PRIVATE, external_id, at, content)


def _content(message: Message) -> Content | None:
    sound: Voice | Audio | Document | None = message.voice or message.audio
    if sound is None and message.document and (message.document.mime_type or "").startswith("audio/"):
        sound = message.document
    if sound is not None:
        return Recorded(sound.file_id, sound.file_size or 0, sound.mime_type or "application/octet-stream")
    if message.text:
        command = COMMAND.match(message.text)
        return Commanded(command[1], message.text) if command else Typed(message.text)
    if message.location:
        return Placed(message.location.latitude, message.location.longitude)
    kind = UNREAD.get(ContentType(message.content_type))
    if kind is None:
        return None
    return Typed(message.caption, kind) if message.caption else Unreadable(kind)


def _pressed(query: CallbackQuery, now: datetime) -> Arrival | None:
    if query.message is None or not query.data or not query.data.isprintable():
        return None  # our buttons have no control characters, which no database need take
    chat, message_id = query.message.chat, query.message.message_id
    label = ""
    if isinstance(query.message, Message) and query.message.reply_markup:
        buttons = (button for row in query.message.reply_markup.inline_keyboard for button in row)
        label = next((button.text for button in buttons if button.callback_data == query.data), "")
    # The message and the button, not the query: a second tap on the same button is the same choice.
    external_id = f"{chat.id}:{message_id}:{query.data}"
    content = Pressed(query.id, message_id, query.data, label)
    return Arrival(chat.id, chat.type == ChatType.PRIVATE, external_id, now, content)
