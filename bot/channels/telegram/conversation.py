"""One arrival from beginning to end: to the assistant, and its answer back, again until the answer is out."""

import asyncio
from dataclasses import dataclass

import structlog
from aiogram.enums import ChatAction

from bot.channels.base import Blocked, Handler, RateLimited, Rejected, SendError
from bot.channels.preferences import VOICE, Answered, Preferences, VoiceMode, note_spoke, voice_mode
from bot.channels.telegram import keyboard
from bot.channels.telegram.action import showing
from bot.channels.telegram.api import Api, Sleep
from bot.channels.telegram.arrival import Arrival, Commanded, Placed, Pressed, Recorded, Typed, Unreadable
from bot.channels.telegram.faults import FileTooBig
from bot.channels.telegram.outgoing import Outgoing
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.render import Part, render
from bot.channels.telegram.texts import Texts
from dialogs.messages import Inbound, Location, Turn, Voice

log = structlog.get_logger(__name__)

TOLD = "told"


@dataclass(slots=True)
class Progress:
    """How far one arrival has come: the assistant's turn, and the messages of it that are out."""

    turn: Turn | None = None
    sent: int = 0


class Conversation:
    """Answers arrivals. Whoever calls it keeps the order of one chat."""

    def __init__(
        self,
        api: Api,
        outgoing: Outgoing,
        handler: Handler,
        *,
        preferences: Preferences,
        texts: Texts,
        pace: Pace,
        max_bytes: int,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._api = api
        self._outgoing = outgoing
        self._handler = handler
        self._preferences = preferences
        self._answered = Answered(preferences)
        self._texts = texts
        self._pace = pace
        self._max_bytes = max_bytes
        self._sleep = sleep

    async def handle(self, arrival: Arrival) -> None:
        """Answer it. Returns once nothing more can be done for it; raises nothing but cancellation.

        While Telegram cannot be reached at all, this goes on trying: nothing else could be done for the chat.
        """
        progress, attempts, failures = Progress(), 0, 0
        while True:
            answers = self._api.answers
            try:
                await self._answer(arrival, progress)
            except Blocked:
                log.info("telegram_person_gone")
            except Exception as error:  # noqa: BLE001 whatever breaks in here must not take the other chats along
                attempts += 1
                failures += self._api.answers > answers or not isinstance(error, SendError)
                if getattr(error, "retryable", True) and failures < self._pace.turns:
                    wait = error.retry_after if isinstance(error, RateLimited) else self._pace.pause(attempts)
                    await self._sleep(wait)
                    continue
                await self._give_up(arrival, error, progress)
            return

    async def too_fast(self, arrival: Arrival) -> None:
        """Tell somebody who sends faster than they can be answered."""
        await self._mention(arrival.chat, self._texts.too_fast)

    async def _mention(self, chat: int, sentence: str) -> None:
        try:
            await self._outgoing.say(chat, sentence)
        except SendError as error:
            log.warning("telegram_sentence_not_sent", error=type(error).__name__)

    async def _give_up(self, arrival: Arrival, error: Exception, progress: Progress) -> None:
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        # No message and no traceback text: they may hold what the person wrote.
        place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
        log.error("telegram_message_not_answered", error=type(error).__name__, at=place)
        if not isinstance(error, SendError) and progress.sent == 0:
            await self._mention(arrival.chat, self._texts.trouble)

    async def _answer(self, arrival: Arrival, progress: Progress) -> None:
        user, content = str(arrival.chat), arrival.content
        if not arrival.private:
            await self._outside(arrival)
            return
        if isinstance(content, Pressed) and content.data.startswith(keyboard.OWN):
            await self._own_button(arrival.chat, content)
            return
        done = await self._answered.has(user, arrival.external_id)
        if isinstance(content, Pressed):
            await self._outgoing.acknowledge(content.query_id, self._texts.already if done else None)
        if done:
            return
        match content:
            case Unreadable(kind):
                await self._outgoing.say(arrival.chat, getattr(self._texts.unread, kind))
            case Commanded(name) if name in self._texts.commands and self._texts.commands[name].says is None:
                await self._settings(arrival.chat)
            case _:
                await self._turn(arrival, progress)
                return
        await self._answered.add(user, arrival.external_id)

    async def _turn(self, arrival: Arrival, progress: Progress) -> None:
        chat, user, content = arrival.chat, str(arrival.chat), arrival.content
        if progress.turn is None:
            if isinstance(content, Pressed):
                mark = keyboard.pressed(content.label, self._texts)
                await self._outgoing.relabel(chat, content.message_id, mark)
            after = 0 if isinstance(content, Recorded) else self._pace.typing_after
            async with showing(self._api, chat, ChatAction.TYPING, after=after, every=self._pace.typing_every):
                progress.turn = await self._ask(arrival)
        turn = progress.turn
        parts = self._before(content)
        for index, reply in enumerate(turn.replies):
            parts += render(reply, self._texts, turn.heard if index == 0 else None)
        for part in parts[progress.sent :]:
            await self._outgoing.part(chat, part)
            progress.sent += 1
        # From here on a redelivery is not answered again. Between the last message and this line lies the only
        # moment at which a crash makes an answer arrive twice: the Bot API has no key to prevent it.
        await self._answered.add(user, arrival.external_id)
        if isinstance(content, Recorded | Typed | Commanded):
            await note_spoke(self._preferences, user, spoke=isinstance(content, Recorded))
        for reply in turn.replies:
            await self._outgoing.picture(chat, reply.picture)
        mode = await voice_mode(self._preferences, user)
        if mode.wanted(spoke=isinstance(content, Recorded)):
            for reply in turn.replies:
                await self._outgoing.voice(chat, reply.spoken, slow=mode is VoiceMode.SLOW)

    def _before(self, content: object) -> list[Part]:
        """What is said ahead of the answer."""
        if isinstance(content, Typed) and content.beside:
            return [Part(getattr(self._texts.unread, content.beside))]
        if isinstance(content, Commanded) and content.name == "start":
            return [Part(self._texts.welcome)]
        return []

    async def _ask(self, arrival: Arrival) -> Turn:
        """The assistant's turn. A recording that cannot be had becomes a sentence of the channel's own."""
        try:
            inbound = await self._inbound(arrival)
        except Rejected as error:
            too_big = isinstance(error, FileTooBig)
            await self._outgoing.say(arrival.chat, self._texts.too_big if too_big else self._texts.not_fetched)
            return Turn(replies=())
        return await self._handler(inbound)

    async def _inbound(self, arrival: Arrival) -> Inbound:
        text = voice = location = choice = None
        match arrival.content:
            case Typed(words):
                text = words
            case Commanded(name, words):
                command = self._texts.commands.get(name)
                text = command.says if command else words
            case Recorded(file_id, size, mime):
                if size > self._max_bytes:
                    raise FileTooBig(f"{size} bytes")
                voice = Voice(await self._api.fetch(file_id, self._max_bytes), mime)
            case Placed(latitude, longitude):
                location = Location(latitude, longitude)
            case Pressed(data=data):
                choice = data
        return Inbound(
            channel="telegram",
            user=str(arrival.chat),
            external_id=arrival.external_id,
            received_at=arrival.at,
            text=text,
            voice=voice,
            location=location,
            choice=choice,
        )

    async def _outside(self, arrival: Arrival) -> None:
        """In a group: say once that questions are answered in private, then be silent there."""
        group = str(arrival.chat)
        if isinstance(arrival.content, Pressed):
            await self._outgoing.acknowledge(arrival.content.query_id)
        elif await self._preferences.get(group, TOLD) is None:
            await self._outgoing.say(arrival.chat, self._texts.private_only)
            await self._preferences.set(group, TOLD, "1")

    async def _settings(self, chat: int) -> None:
        mode = await voice_mode(self._preferences, str(chat))
        await self._outgoing.say(chat, self._texts.settings.text, keyboard.settings(mode, self._texts))

    async def _own_button(self, chat: int, button: Pressed) -> None:
        option = button.data.removeprefix(keyboard.VOICE_BUTTON)
        if option not in set(VoiceMode):
            await self._outgoing.acknowledge(button.query_id, self._texts.already)
            return
        await self._preferences.set(str(chat), VOICE, option)
        await self._outgoing.acknowledge(button.query_id, self._texts.settings.done)
        await self._outgoing.relabel(chat, button.message_id, keyboard.settings(VoiceMode(option), self._texts))
