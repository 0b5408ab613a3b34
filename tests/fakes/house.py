"""A whole assistant for tests: the real words, content, search and dialogue; understanding and ear are stand-ins."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

import yaml

from bot.assistants import Assistants, Mending
from bot.delivery.outbox import Outbox
from bot.dialogues import FARMER, Dialogue, Step, moment
from bot.language import Language
from bot.understanding import sentences
from bot.warnings.calling import chat_parts
from dialogs.conversations import Conversations
from dialogs.handoff import Desk
from dialogs.messages import Inbound, Location, Reply, Turn, Voice
from dialogs.service import Service
from knowledge_base.entry import read_content
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.base import Analyzer
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from nlu.speech.base import Heard, Reading, SpeechError
from nlu.text.segmenter import Segmenter
from nlu.training_data import INTENTS
from nlu.words import Words
from tests.fakes.understanders import WordUnderstander

LABELS = {intent: row["label"] for intent, row in yaml.safe_load(INTENTS.read_text("utf-8")).items()}


class ScriptedEar:
    """Hears what the recording says: its bytes are the readings, a line each, best first.

    `expected` is what the last recording was heard with; a line that is one of these phrases is what was heard by them.
    """

    def __init__(self) -> None:
        self.error: SpeechError | None = None
        self.expected: tuple[str, ...] = ()

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard:
        """The readings, or the error that was set."""
        self.expected = tuple(expected)
        if self.error:
            raise self.error
        readings = tuple(Reading(line, 1 - n / 10) for n, line in enumerate(recording.decode().splitlines()))
        limited = next((reading for reading in readings if reading.text in self.expected), None)
        return Heard(readings, 2.0, limited)


class CountingObserver:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, str, str]] = []
        self.failures: list[str] = []

    def turn(self, channel: str, intent: str, kind: str, _seconds: float) -> None:
        """A turn was taken."""
        self.turns.append((channel, intent, kind))

    def stage(self, _stage: str, _seconds: float) -> None:
        """A stage was gone through."""

    def failed(self, where: str) -> None:
        """Something went wrong."""
        self.failures.append(where)


@cache
def mending(words: Words, segmenter: Segmenter) -> Mending:
    """Correction by sound and of what is mistyped, made once for all houses."""
    return Mending.over(speaking(words, segmenter), sentences(read_content()))


@cache
def speaking(words: Words, segmenter: Segmenter) -> Language:
    """The language data, put together once for all houses; each house tells its own time."""
    return Language.load(words, segmenter, lambda: datetime.now(UTC))


@cache
def cutting(words: Words, segmenter: Segmenter) -> Analyzer:
    """How the search cuts texts, each once for all houses: their indexes prepare the same entries anew."""
    return lru_cache(maxsize=None)(speaking(words, segmenter).analyze)


class House:
    """An assistant and everything it stands on. `now` can be moved."""

    def __init__(self, store: Store, words: Words, segmenter: Segmenter, now: datetime) -> None:
        self.now = now
        self.store = store
        self.ear = ScriptedEar()
        self.observer = CountingObserver()
        self.understander = WordUnderstander()
        self.language = speaking(words, segmenter)
        self.places = self.language.places
        self.library = Library(store, search_index(store, cutting(words, segmenter)), pesticide_gate(), self.clock)
        self.conversations = Conversations(store)
        self.looked_at: datetime | None = None
        self.outbox = Outbox(store, self.clock)

        async def last_look() -> datetime | None:
            return self.looked_at

        self.assistants = Assistants(
            language=self.language,
            mending=mending(words, segmenter),
            ear=self.ear,
            store=store,
            library=self.library,
            understander=self.understander,
            warnings=chat_parts(store, self.outbox, self.places, self.clock, last_look),
            labels=LABELS,
            floor=0.3,
            clock=self.clock,
        )
        self.serve()
        self.judge = self.assistants.judge()
        self.trial = self.assistants.trial()

    def clock(self) -> datetime:
        """The time in this house."""
        return self.now

    def serve(self, *services: Service) -> None:
        """Put further services beside the library."""
        self.assistant = self.assistants.serving(Desk(self.store), self.conversations, self.observer, *services)

    def later(self, **delta: float) -> None:
        """Move the clock."""
        self.now += timedelta(**delta)

    async def say(self, text: str, user: str = "zhang", external_id: str | None = None) -> Turn:
        """A typed turn."""
        return await self._turn(user, external_id, text=text)

    async def press(self, label: str, turn: Turn, user: str = "zhang") -> Turn:
        """Press the button that a turn offered under a label."""
        choice = next(c.id for reply in turn.replies for c in reply.choices if c.label == label)
        return await self._turn(user, None, choice=choice)

    async def play(
        self, dialogue: Dialogue, before: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[tuple[Step, Turn]]:
        """A golden dialogue, turn by turn; `before` is done at its beginning."""
        user, turn = FARMER, Turn(())
        self.now = moment(dialogue.now)
        if before:
            await before()
        for step in dialogue.turns:
            self.now = moment(step.now) if step.now else self.now
            user = step.user or user
            if step.press:
                turn = await self.press(step.press, turn, user)
            elif step.speak:
                recording = Voice("\n".join(step.speak).encode())
                turn = await self._turn(user, None, voice=recording, place=dialogue.place)
            elif step.locate:
                turn = await self._turn(user, None, location=Location(*step.locate), place=dialogue.place)
            elif step.say:
                turn = await self._turn(user, None, text=step.say, place=dialogue.place)
            else:
                continue
            yield step, turn

    async def choose(self, choice: str, user: str = "zhang") -> Turn:
        """Press a button by its id."""
        return await self._turn(user, None, choice=choice)

    async def speak(self, readings: str, user: str = "zhang") -> Turn:
        """A spoken turn: the readings of the recording, a line each."""
        return await self._turn(user, None, voice=Voice(readings.encode()))

    async def _turn(self, user: str, external_id: str | None, **said: object) -> Turn:
        inbound = Inbound("test", user, external_id or uuid.uuid4().hex, self.now, **said)  # type: ignore[arg-type]
        return await self.assistant.turn(inbound)


def last(turn: Turn) -> Reply:
    """The last reply of a turn."""
    return turn.replies[-1]
