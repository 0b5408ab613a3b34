"""A whole assistant for tests: the real words, content, search and dialogue; understanding and ear are stand-ins."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from bot.console_trial import ConsoleTrial
from bot.delivery.outbox import Outbox
from bot.golden import GoldenJudge, PassingConversations, SilentDesk, SilentObserver
from bot.understanding import sentences
from bot.warnings.calling import chat_parts
from dialogs.analysis import TextAnalyzer
from dialogs.assistant import Assistant, Observer
from dialogs.conversations import Conversations
from dialogs.crops import Crops
from dialogs.handoff import Desk
from dialogs.listening import Listener
from dialogs.messages import Inbound, Reply, Turn, Voice
from dialogs.places import Places
from dialogs.service import Service
from dialogs.topics.knowledge import Knowledge
from dialogs.topics.pesticide import Pesticides
from dialogs.topics.warnings import Warnings
from knowledge_base.banned import banned_list
from knowledge_base.entry import read_content
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from knowledge_base.warnings.people import ForgetfulPeople, People
from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.slips import Slips
from nlu.speech.base import Heard, Reading, SpeechError
from nlu.speech.correction import Corrector
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.text.places import PlaceFinder
from nlu.text.quantities import QuantityFinder
from nlu.text.segmenter import Segmenter
from nlu.text.typed_pinyin import TypedPinyin
from nlu.text.when import DateFinder
from nlu.understanding import Understander
from nlu.values import ValueFinder
from nlu.words import Words
from tests.fakes.understanders import WordUnderstander

LABELS = {"agronomy": "庄稼的事", "policy": "政策的事"}


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
def mending(words: Words, segmenter: Segmenter) -> tuple[Corrector, Slips]:
    """Correction by sound and of what is mistyped, made once for all houses."""
    corrector = Corrector(words, segmenter, sentences(read_content()))
    return corrector, Slips(TypedPinyin(words, corrector.usage), corrector)


@cache
def valuing(words: Words) -> tuple[Gazetteer, DateFinder, QuantityFinder]:
    """What finds dates, quantities and places, made once for all houses."""
    return Gazetteer.load(), DateFinder(), QuantityFinder.load(words)


class House:
    """An assistant and everything it stands on. `now` can be moved."""

    def __init__(self, store: Store, words: Words, segmenter: Segmenter, now: datetime) -> None:
        self.now = now
        self.store = store
        self.ear = ScriptedEar()
        self.observer = CountingObserver()
        self.understander = WordUnderstander()
        normaliser = Normaliser(words)
        self.library = Library(
            store, search_index(store, TextAnalyzer(normaliser, segmenter)), pesticide_gate(), lambda: self.now
        )
        desk = Desk(store)
        crops = Crops(words)
        corrector, slips = mending(words, segmenter)
        gazetteer, dates, quantities = valuing(words)
        values = ValueFinder(dates, quantities, PlaceFinder(gazetteer, words), lambda: self.now)
        finder, places = EntityFinder(words), Places(words, gazetteer)
        self.conversations = Conversations(store)
        self.looked_at: datetime | None = None
        self.outbox = Outbox(store, lambda: self.now)
        self.places = places

        async def last_look() -> datetime | None:
            return self.looked_at

        parts = chat_parts(store, self.outbox, places, lambda: self.now, last_look)

        def assistant_over(
            library: Library,
            understander: Understander,
            desk: Desk,
            conversations: Conversations,
            observer: Observer,
            *,
            clock: Callable[[], datetime] = lambda: self.now,
            people: People | None = None,
            services: Sequence[Service] = (),
        ) -> Assistant:
            interpreter = Interpreter(normaliser, finder, understander, slips, values)
            knowledge = Knowledge(library, desk, crops)
            return Assistant(
                interpreter=interpreter,
                knowledge=knowledge,
                pesticides=Pesticides(banned_list(), pesticide_gate(), library),
                warnings=Warnings(replace(parts, people=people or ForgetfulPeople(store))),
                services=services,
                desk=desk,
                conversations=conversations,
                listener=Listener(self.ear, corrector.mend, interpreter, knowledge.sense),
                crops=crops,
                places=places,
                labels=LABELS,
                floor=0.3,
                clock=clock,
                observer=observer,
            )

        def serve(*services: Service) -> None:
            self.assistant = assistant_over(
                self.library,
                self.understander,
                desk,
                self.conversations,
                self.observer,
                people=parts.people,
                services=services,
            )

        self.serve = serve
        """Puts further services beside the library."""
        serve()
        self.judge = GoldenJudge(
            self.library,
            self.understander,
            lambda other, reader, observer: assistant_over(
                other, reader, SilentDesk(store), PassingConversations(store), observer
            ),
            lambda: self.now,
        )

        self.trial = ConsoleTrial(
            lambda watched, noting, moment: assistant_over(
                watched, self.understander, noting, PassingConversations(store), SilentObserver(), clock=moment
            ),
            self.library,
            store,
            gazetteer,
            labels=LABELS,
            floor=0.3,
            clock=lambda: self.now,
        )

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
