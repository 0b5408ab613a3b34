"""Chats, messages and files, as the server remembers them."""

import time
from dataclasses import dataclass, field
from typing import Any

BOT = {"id": 42, "is_bot": True, "first_name": "乡音", "username": "xiangyin_bot"}


@dataclass
class Sent:
    """A message of the bot's; `buttons` are (text, callback_data) by row and follow later edits."""

    method: str
    chat: int
    message_id: int
    text: str = ""
    data: bytes = b""
    duration: int = 0
    buttons: list[list[tuple[str, str]]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    """Everything as received."""

    @property
    def flat_buttons(self) -> list[tuple[str, str]]:
        """The buttons without their rows."""
        return [button for row in self.buttons for button in row]


@dataclass
class StoredFile:
    """A file that a person sent; `size` is what is declared."""

    data: bytes
    size: int
    path: str


class Chats:
    """Who has spoken to the bot, who has blocked it, what was sent."""

    def __init__(self) -> None:
        self.known: set[int] = set()
        self.blocked: set[int] = set()
        self.failing: set[int] = set()
        """Chats for which the server breaks down."""
        self.sent: list[Sent] = []
        self.files: dict[str, StoredFile] = {}
        self.queries: set[str] = set()
        """Button presses that can still be answered."""
        self._last_message = 0

    def message_id(self) -> int:
        """The next message number."""
        self._last_message += 1
        return self._last_message

    def find(self, chat: int, message_id: int) -> Sent | None:
        """A message of the bot's."""
        return next((m for m in self.sent if m.chat == chat and m.message_id == message_id), None)

    def incoming(self, chat: int, content: dict[str, Any], message_id: int | None = None) -> dict[str, Any]:
        """The JSON of a person's message; groups have negative ids."""
        self.known.add(chat)
        return {
            "message_id": message_id or self.message_id(),
            "date": int(time.time()),
            "chat": chat_json(chat),
            "from": person_json(abs(chat)),
            **content,
        }

    def store(self, data: bytes, size: int | None, folder: str) -> str:
        """Keep a file, return its file_id."""
        file_id = f"file{len(self.files) + 1}"
        self.files[file_id] = StoredFile(data, len(data) if size is None else size, f"{folder}/{file_id}.oga")
        return file_id

    def outgoing_json(self, sent: Sent) -> dict[str, Any]:
        """The JSON of one of the bot's messages."""
        body: dict[str, Any] = {
            "message_id": sent.message_id,
            "date": int(time.time()),
            "chat": chat_json(sent.chat),
            "from": BOT,
        }
        if sent.buttons:
            rows = [[{"text": text, "callback_data": data} for text, data in row] for row in sent.buttons]
            body["reply_markup"] = {"inline_keyboard": rows}
        if sent.method == "sendVoice":
            size = len(sent.data)
            voice = {"file_id": "v", "file_unique_id": "v", "duration": sent.duration, "file_size": size}
            return {**body, "voice": voice}
        return {**body, "text": sent.text}


def chat_json(chat: int) -> dict[str, Any]:
    """A private chat, or a group for a negative id."""
    return (
        {"id": chat, "type": "private", "first_name": "老王"}
        if chat > 0
        else {"id": chat, "type": "group", "title": "村群"}
    )


def person_json(person: int) -> dict[str, Any]:
    """A person."""
    return {"id": person, "is_bot": False, "first_name": "老王"}
