"""The one composition root: settings in, running system out. Nothing is built at import time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import yaml

from bot.console_trial import ConsoleTrial
from bot.delivery.outbox import Outbox
from bot.golden import GoldenJudge, PassingConversations, SilentDesk, SilentObserver
from bot.learning import Learning
from bot.metrics import Metrics
from bot.prepared import Prepared
from bot.settings import Settings
from bot.understanding import sentences, understanding
from bot.warnings.calling import chat_parts, followers, ladder
from dialogs.analysis import QuestionReader, TextAnalyzer
from dialogs.assistant import Assistant, Observer
from dialogs.conversations import Conversations
from dialogs.crops import Crops
from dialogs.handoff import Desk
from dialogs.listening import Listener
from dialogs.places import Places
from dialogs.topics.knowledge import Knowledge
from dialogs.topics.pesticide import Pesticides
from dialogs.topics.warnings import Warnings
from knowledge_base.banned import banned_list
from knowledge_base.curation.clusters import Clusters
from knowledge_base.curation.likeness import Likeness
from knowledge_base.entry import read_content
from knowledge_base.library import Intake, Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store, open_store
from knowledge_base.warnings.dispatch import Follower
from knowledge_base.warnings.ladder import Ladder
from knowledge_base.warnings.people import ForgetfulPeople, People
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.slips import Slips
from nlu.speech.assets import assets
from nlu.speech.base import Mouth
from nlu.speech.correction import Corrector
from nlu.speech.grammar import Domain
from nlu.speech.kokoro_mouth import KokoroMouth
from nlu.speech.sherpa_ear import SherpaEar
from nlu.speech.vosk_ear import VoskEar
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.text.typed_pinyin import TypedPinyin
from nlu.training_data import INTENTS
from nlu.understanding import Understander
from nlu.values import ValueFinder
from nlu.words import Words

Clock = Callable[[], datetime]


class Bounds(TypedDict):
    """What any ear is limited to."""

    parallel: int
    waiting: int
    max_bytes: int
    max_seconds: float


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class System:
    """A running assistant and its parts."""

    settings: Settings
    metrics: Metrics
    store: Store
    library: Library
    understander: Understander
    conversations: Conversations
    assistant: Assistant
    ear: VoskEar | SherpaEar
    mouth: Mouth | None
    intake: Intake
    outbox: Outbox
    clusters: Clusters
    gazetteer: Gazetteer
    judge: GoldenJudge
    trial: ConsoleTrial
    learning: Learning | None
    speaker_jobs: SpeakerJobs
    places: Places
    ladder: Ladder
    warning_followers: Sequence[Follower]


@asynccontextmanager
async def assemble(
    settings: Settings, run_dir: Path, *, clock: Clock = system_clock, database: str = "", wait: bool = False
) -> AsyncIterator[System]:
    """Build the assistant, and take it down again at the end.

    `run_dir` is for this process alone; `database` puts it on another database than the settings'; `wait` holds it
    back until the understanding service is ready.
    """
    metrics = Metrics()
    words = await asyncio.to_thread(Words.load, *settings.word_folders)
    normaliser = Normaliser(words)
    async with AsyncExitStack() as stack:
        understander = await stack.enter_async_context(
            understanding(settings, words, normaliser, metrics, run_dir, wait=wait)
        )
        url, prepared = database or settings.database, Prepared(settings.home / "cache")
        new = await asyncio.to_thread(prepared.begin, url)
        store = await stack.enter_async_context(open_store(url))
        segmenter = await asyncio.to_thread(Segmenter, [text for text, _ in words.surfaces()], settings.home / "cache")
        gate = pesticide_gate()
        analyze = TextAnalyzer(normaliser, segmenter)
        library = Library(store, search_index(store, analyze, words.fingerprint), gate, clock)
        intake = await library.take_in(await asyncio.to_thread(read_content))
        if new and intake.changed:
            await prepared.keep(store)
        stamp, entries = await library.stamp(), await library.entries()
        metrics.entries.set(intake.published)
        said = await asyncio.to_thread(sentences, entries)
        corrector = await asyncio.to_thread(Corrector, words, segmenter, said)
        slips = Slips(TypedPinyin(words, corrector.usage), corrector)
        gazetteer = await asyncio.to_thread(Gazetteer.load, *(folder / "places" for folder in settings.word_folders))
        values = await asyncio.to_thread(ValueFinder.load, words, gazetteer, clock, *settings.word_folders)
        finder = EntityFinder(words)
        desk = Desk(store)
        conversations = Conversations(store)
        crops = Crops(words)
        places = Places(words, gazetteer)
        outbox = Outbox(store, clock)
        warning_parts = chat_parts(store, outbox, places, clock)
        speaker_jobs = SpeakerJobs(store, clock, drills=settings.speaker_drills)
        calling = ladder(store, outbox, places, clock, orange=settings.warning_ladder_orange)
        ear = _ear(settings, Domain(frozenset(words.readings), segmenter.cut, lambda: said))
        stack.callback(ear.close)
        learning = Learning(library, ear, stamp) if isinstance(ear, VoskEar) else None

        def assistant_over(
            library: Library,
            understander: Understander,
            desk: Desk,
            conversations: Conversations,
            observer: Observer,
            *,
            clock: Clock = clock,
            people: People | None = None,
        ) -> Assistant:
            interpreter = Interpreter(normaliser, finder, understander, slips, values)
            knowledge = Knowledge(library, desk, crops)
            return Assistant(
                interpreter=interpreter,
                knowledge=knowledge,
                pesticides=Pesticides(banned_list(), gate, library),
                warnings=Warnings(replace(warning_parts, people=people or ForgetfulPeople(store))),
                desk=desk,
                conversations=conversations,
                listener=Listener(ear, corrector.mend, interpreter, knowledge.sense),
                crops=crops,
                places=places,
                labels=_labels(),
                floor=settings.confidence_floor,
                clock=clock,
                observer=observer,
            )

        asks = [ask for entry in entries for ask in entry.asks]
        question_reader = QuestionReader(analyze, finder, crops)
        assistant = assistant_over(library, understander, desk, conversations, metrics, people=warning_parts.people)
        judge = GoldenJudge(
            library,
            understander,
            lambda other, reader, observer: assistant_over(
                other, reader, SilentDesk(store), PassingConversations(store), observer
            ),
            clock,
        )
        trial = ConsoleTrial(
            lambda watched, noting, moment: assistant_over(
                watched, understander, noting, PassingConversations(store), SilentObserver(), clock=moment
            ),
            library,
            store,
            gazetteer,
            labels=_labels(),
            floor=settings.confidence_floor,
            clock=clock,
        )
        mouth = _mouth(settings)
        if mouth is not None:
            stack.callback(mouth.close)
        yield System(
            settings,
            metrics,
            store,
            library,
            understander,
            conversations,
            assistant,
            ear,
            mouth,
            intake,
            outbox,
            Clusters(store, Likeness(question_reader, lambda: asks)),
            gazetteer,
            judge,
            trial,
            learning,
            speaker_jobs,
            places,
            calling,
            followers(calling, speaker_jobs),
        )


def _ear(settings: Settings, domain: Domain) -> VoskEar | SherpaEar:
    bounds = Bounds(
        parallel=settings.ear_parallel,
        waiting=settings.ear_waiting,
        max_bytes=settings.voice_max_bytes,
        max_seconds=settings.voice_max_seconds,
    )
    if settings.ear == "sherpa":
        return SherpaEar(settings.ear_model or settings.models / settings.ear, **bounds)
    known = assets()["ear"]
    return VoskEar(
        settings.ear_model or settings.models / known.folder,
        asset=None if settings.ear_model else known,
        domain=domain,
        cache=settings.home / "cache",
        **bounds,
    )


def _mouth(settings: Settings) -> KokoroMouth | None:
    if settings.mouth == "off":
        return None
    known = assets()["mouth"]
    return KokoroMouth(
        settings.models / known.folder,
        settings.home / "cache" / "speech",
        voice=settings.mouth_voice,
        pace=settings.mouth_pace,
        asset=known,
    )


def _labels() -> dict[str, str]:
    """What an ask-back calls each intent."""
    return {intent: row["label"] for intent, row in yaml.safe_load(INTENTS.read_text("utf-8")).items()}
