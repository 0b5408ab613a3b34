"""What people do in their Telegram, as updates for the bot."""

import time
from typing import Any

from tests.fakes.bot_api.chats import Chats, Sent, chat_json, person_json
from tests.fakes.bot_api.updates import UpdateQueue


class People:
    """Each method is one deed in a chat (a group for a negative id) and returns the message number."""

    def __init__(self, chats: Chats, queue: UpdateQueue) -> None:
        self._chats = chats
        self._queue = queue
        self._queries = 0

    def user_says(self, chat: int, text: str, *, message_id: int | None = None) -> int:
        """Type something; a given `message_id` makes it the same message under a new update."""
        return self._message(chat, {"text": text}, message_id)

    def user_edits(self, chat: int, message_id: int, text: str) -> int:
        """Change a message."""
        body = self._chats.incoming(chat, {"text": text, "edit_date": int(time.time()) + 1}, message_id)
        self._queue.push("edited_message", chat, body)
        return message_id

    def user_sends_voice(self, chat: int, data: bytes, *, size: int | None = None, duration: int = 3) -> int:
        """Speak; `size` declares another size than the data has."""
        return self._message(chat, {"voice": {**self._file(data, size, "voice", "audio/ogg"), "duration": duration}})

    def user_sends_audio(self, chat: int, data: bytes, *, mime: str = "audio/mpeg") -> int:
        """Send a sound file as music."""
        return self._message(chat, {"audio": {**self._file(data, None, "music", mime), "duration": 3}})

    def user_sends_document(self, chat: int, data: bytes, *, mime: str) -> int:
        """Send a file."""
        return self._message(chat, {"document": self._file(data, None, "documents", mime)})

    def user_sends_video_note(self, chat: int, data: bytes) -> int:
        """Send a round video."""
        file = self._file(data, None, "video_notes", "video/mp4")
        return self._message(chat, {"video_note": {**file, "length": 240, "duration": 3}})

    def user_sends_photo(self, chat: int, *, caption: str = "", album: str = "") -> int:
        """Send a picture, of an album where one is named."""
        content: dict[str, Any] = {"photo": [{**self._file(b"jpeg", None, "photos", ""), "width": 90, "height": 90}]}
        if caption:
            content["caption"] = caption
        if album:
            content["media_group_id"] = album
        return self._message(chat, content)

    def user_sends_location(self, chat: int, latitude: float, longitude: float) -> int:
        """Send a place."""
        return self._message(chat, {"location": {"latitude": latitude, "longitude": longitude}})

    def user_pins(self, chat: int) -> int:
        """Pin something, which makes a service message."""
        pinned = self._chats.incoming(chat, {"text": "置顶"})
        return self._message(chat, {"pinned_message": pinned})

    def user_sends_novelty(self, chat: int) -> int:
        """Forward from an origin of a kind that no library knows yet."""
        return self._message(chat, {"text": "新东西", "forward_origin": {"type": "brand_new", "date": 1}})

    def user_presses(self, sent: Sent, data: str, *, expired: bool = False, too_old: bool = False) -> str:
        """Press a button under one of the bot's messages; returns the query's id.

        `expired`: the press can no longer be answered. `too_old`: the message is inaccessible, as after a long time.
        """
        self._queries += 1
        query_id = f"query{self._queries}"
        if not expired:
            self._chats.queries.add(query_id)
        message = self._chats.outgoing_json(sent)
        if too_old:
            message = {"message_id": sent.message_id, "date": 0, "chat": chat_json(sent.chat)}
        body = {
            "id": query_id,
            "from": person_json(abs(sent.chat)),
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        self._queue.push("callback_query", sent.chat, body)
        return query_id

    def user_blocks(self, chat: int) -> None:
        """Block the bot."""
        self._chats.blocked.add(chat)

    def _message(self, chat: int, content: dict[str, Any], message_id: int | None = None) -> int:
        body = self._chats.incoming(chat, content, message_id)
        self._queue.push("message", chat, body)
        return int(body["message_id"])

    def _file(self, data: bytes, size: int | None, folder: str, mime: str) -> dict[str, Any]:
        file_id = self._chats.store(data, size, folder)
        file = {"file_id": file_id, "file_unique_id": file_id, "file_size": self._chats.files[file_id].size}
        return {**file, "mime_type": mime} if mime else file
