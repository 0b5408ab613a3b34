"""The methods of the Bot API, with the checks and the wording of the real ones."""

import json
from typing import Any

from tests.fakes.bot_api.ceilings import Ceilings
from tests.fakes.bot_api.chats import BOT, Chats, Sent
from tests.fakes.bot_api.errors import ApiError, bad_request
from tests.fakes.bot_api.updates import DEFAULT, UpdateQueue
from tests.fakes.bot_api.webhook import Deliveries, Hook

MAX_TEXT = 4096
MAX_FILE = 20_000_000

Params = dict[str, Any]


class Methods:
    """One method of this class for each of the API's, under its name in lower case."""

    def __init__(self, chats: Chats, queue: UpdateQueue, deliveries: Deliveries, ceilings: Ceilings | None) -> None:
        self.commands: list[dict[str, str]] = []
        self.actions: list[tuple[int, str]] = []
        self.answered: list[tuple[str, str]] = []
        """Button presses that were answered, and with which text."""
        self._chats = chats
        self._queue = queue
        self._deliveries = deliveries
        self._ceilings = ceilings

    async def call(self, name: str, params: Params) -> object:
        """Carry out a method, whatever the case of its name. Raises `ApiError`."""
        method = getattr(type(self), name.lower(), None) if name.isalpha() else None
        if method is None or name == "call":
            raise ApiError(404, "Not Found: method not found")
        return await method(self, params)

    async def getme(self, params: Params) -> object:
        return BOT

    async def getupdates(self, params: Params) -> object:
        self._allow(params)
        limit = min(100, max(1, int(params.get("limit", 100))))
        return await self._queue.get(int(params.get("offset", 0)), limit, min(50, float(params.get("timeout", 0))))

    async def setwebhook(self, params: Params) -> object:
        url = params.get("url", "")
        if not url:
            return await self.deletewebhook(params)
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        self._allow(params)
        connections = min(100, max(1, int(params.get("max_connections", 40))))
        await self._deliveries.start(
            Hook(url, params.get("secret_token", ""), connections, json.loads(params.get("allowed_updates", "[]")))
        )
        return True

    async def deletewebhook(self, params: Params) -> object:
        await self._deliveries.stop()
        if params.get("drop_pending_updates") == "true":
            for item in list(self._queue.items):
                self._queue.confirm(item)
        return True

    async def getwebhookinfo(self, params: Params) -> object:
        return self._deliveries.info()

    async def sendmessage(self, params: Params) -> object:
        text = str(params.get("text", "")).strip()
        if not text:
            raise bad_request("message text is empty")
        if _units(text) > MAX_TEXT:
            raise bad_request("message is too long")
        for entity in json.loads(params.get("entities", "[]")):
            if entity["offset"] < 0 or entity["offset"] + entity["length"] > _units(text):
                raise bad_request("entity beyond the end of the message")
        return self._deliver(Sent("sendMessage", self._chat(params), 0, text=text), params)

    async def sendvoice(self, params: Params) -> object:
        data = params.get(str(params.get("voice", "")).removeprefix("attach://"))
        if not isinstance(data, bytes) or not data:
            raise bad_request("file must be non-empty")
        duration = int(params.get("duration", 0))
        return self._deliver(Sent("sendVoice", self._chat(params), 0, data=data, duration=duration), params)

    async def sendchataction(self, params: Params) -> object:
        self.actions.append((self._chat(params), params["action"]))
        return True

    async def getfile(self, params: Params) -> object:
        file_id = params.get("file_id", "")
        file = self._chats.files.get(file_id)
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if file.size > MAX_FILE:
            raise bad_request("file is too big")
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": file.size, "file_path": file.path}

    async def answercallbackquery(self, params: Params) -> object:
        query_id = params.get("callback_query_id", "")
        if query_id not in self._chats.queries:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        self._chats.queries.discard(query_id)
        self.answered.append((query_id, params.get("text", "")))
        return True

    async def editmessagereplymarkup(self, params: Params) -> object:
        sent = self._chats.find(self._chat(params), int(params["message_id"]))
        if sent is None:
            raise bad_request("message to edit not found")
        buttons = _buttons(params)
        if buttons == sent.buttons:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        sent.buttons = buttons
        return self._chats.outgoing_json(sent)

    async def setmycommands(self, params: Params) -> object:
        self.commands = json.loads(params["commands"])
        return True

    def _allow(self, params: Params) -> None:
        if "allowed_updates" in params:
            self._queue.allowed = set(json.loads(params["allowed_updates"])) or set(DEFAULT)

    def _chat(self, params: Params) -> int:
        chat = int(params.get("chat_id", 0))
        if chat not in self._chats.known:
            raise bad_request("chat not found")
        if chat in self._chats.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat in self._chats.failing:
            raise ApiError(500, "Internal Server Error")
        return chat

    def _deliver(self, sent: Sent, params: Params) -> object:
        sent.buttons = _buttons(params)
        if self._ceilings:
            self._ceilings.admit(sent.chat)
        sent.message_id = self._chats.message_id()
        sent.params = params
        self._chats.sent.append(sent)
        return self._chats.outgoing_json(sent)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _buttons(params: Params) -> list[list[tuple[str, str]]]:
    markup = json.loads(params.get("reply_markup", "{}"))
    rows = [[(b["text"], b.get("callback_data", "")) for b in row] for row in markup.get("inline_keyboard", [])]
    for text, data in (button for row in rows for button in row):
        if not text.strip():
            raise bad_request("text buttons are unallowed in the inline keyboard")
        if not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    return rows
