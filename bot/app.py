"""The one composition root: settings in, running system out. Nothing is built at import time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import yaml

from bot.assistants import Assistants, Mending
from bot.console_trial import ConsoleTrial
from bot.delivery.outbox import Outbox
from bot.figures import Figures
from bot.forecasts import WeatherSettings, forecasts
from bot.golden import GoldenJudge
from bot.kept_secret import kept_secret
from bot.kept_tokens import KeptTokens
from bot.language import Language
from bot.learning import Learning
from bot.metrics import Metrics
from bot.pictures import Pictures
from bot.prepared import Prepared
from bot.privacy.parts import PrivacyOptions, privacy
from bot.services import Services, services
from bot.settings import Settings
from bot.shared.composition import Shared, Values, shared_state
from bot.starting import alone
from bot.understanding import sentences, understanding
from bot.understanding_elsewhere import Service, Where
from bot.warnings.office import warning_office
from dialogs.assistant import Assistant
from dialogs.booking.machinery import five_digits
from dialogs.consultation.vault import new_key
from dialogs.conversations import Conversations
from dialogs.handoff import Desk
from knowledge_base.curation.clusters import Clusters
from knowledge_base.curation.likeness import Likeness
from knowledge_base.entry import read_content
from knowledge_base.library import Intake, Library
from knowledge_base.markets.samples import take_in_samples
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store, open_store
from knowledge_base.weather.forecasts import Forecasts
from nlu.speech.assets import assets
from nlu.speech.base import Mouth
from nlu.speech.grammar import Domain
from nlu.speech.kokoro_mouth import KokoroMouth
from nlu.speech.sherpa_ear import SherpaEar
from nlu.speech.vosk_ear import VoskEar
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.training_data import INTENTS
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
    figures: Figures
    store: Store
    language: Language
    library: Library
    understanding: Service
    conversations: Conversations
    assistant: Assistant
    ear: VoskEar | SherpaEar
    mouth: Mouth | None
    intake: Intake
    outbox: Outbox
    clusters: Clusters
    judge: GoldenJudge
    trial: ConsoleTrial
    learning: Learning | None
    services: Services
    pictures: Pictures
    forecasts: Forecasts
    shared: Shared


@asynccontextmanager
async def assemble(
    settings: Settings,
    run_dir: Path,
    *,
    clock: Clock = system_clock,
    database: str = "",
    wait: bool = False,
    where: Where | None = None,
    numbers: Callable[[], str] = five_digits,
) -> AsyncIterator[System]:
    """Build the assistant, and take it down again at the end.

    `run_dir` is for this process alone; `database` puts it on another database than the settings'; `wait` holds it
    back until the understanding service is ready; `where` that runs, if not where the settings say. Orders get `numbers`.
    """
    metrics = Metrics()
    words = await asyncio.to_thread(Words.load, *settings.word_folders)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(
            understanding(settings, words, Normaliser(words), metrics, run_dir, wait=wait, where=where)
        )
        url, prepared = database or settings.database, Prepared(settings.home / "cache")
        new = await asyncio.to_thread(prepared.begin, url)
        language = await asyncio.to_thread(_language, settings, words, clock)
        async with alone(url):
            store = await stack.enter_async_context(open_store(url))
            made_from = (words.fingerprint, language.segmenter.fingerprint)
            tokens = KeptTokens(language.analyze, settings.home / "cache", made_from)
            library = Library(store, search_index(store, tokens, words.fingerprint), pesticide_gate(), clock)
            intake = await library.take_in(await asyncio.to_thread(read_content))
            await asyncio.to_thread(tokens.close)
            if new and intake.changed:
                await prepared.keep(store)
        stamp, entries = await library.stamp(), await library.entries()
        metrics.entries.set(intake.published)
        said = await asyncio.to_thread(sentences, entries)
        mending = await asyncio.to_thread(Mending.over, language, said)
        outbox = Outbox(store, clock)
        shared = await stack.enter_async_context(shared_state(_shared_values(settings), store, outbox, metrics))
        office = warning_office(settings, store, outbox, language.places, metrics, clock=clock)
        desk = Desk(store)
        weather = WeatherSettings.of(settings)
        known = await stack.enter_async_context(forecasts(weather, store, clock))
        mouth = _mouth(settings)
        if mouth is not None:
            stack.callback(mouth.close)
        keys = _consultation_keys(settings)
        beside = await asyncio.to_thread(
            services,
            store,
            outbox,
            language,
            office,
            desk,
            library=library,
            keys=keys,
            forecasts=known,
            privacy_parts=privacy(
                store,
                outbox,
                keys,
                settings.home,
                clock,
                options=_privacy_options(settings),
                forget_sound=mouth.forget if mouth else None,
            ),
            clock=clock,
            order=shared.order,
            numbers=numbers,
        )
        async with alone(url):
            await take_in_samples(store, beside.prices.market.intake)
        ear = _ear(settings, Domain(frozenset(words.readings), language.segmenter.cut, lambda: said))
        stack.callback(ear.close)
        assistants = Assistants(
            language=language,
            mending=mending,
            ear=ear,
            store=store,
            library=library,
            understander=service.understander,
            warnings=office.chat,
            labels=_labels(),
            floor=settings.confidence_floor,
            clock=clock,
        )
        asks = [ask for entry in entries for ask in entry.asks]
        yield System(
            settings=settings,
            metrics=metrics,
            figures=Figures(metrics.registry, store, outbox, clock, office.looks.each),
            store=store,
            language=language,
            library=library,
            understanding=service,
            conversations=beside.legal.conversations,
            assistant=assistants.serving(desk, beside.legal.conversations, metrics, *beside.chat),
            ear=ear,
            mouth=mouth,
            intake=intake,
            outbox=outbox,
            clusters=Clusters(store, Likeness(language.question_reader, lambda: asks)),
            judge=assistants.judge(),
            trial=assistants.trial(),
            learning=Learning(library, ear, stamp) if isinstance(ear, VoskEar) else None,
            services=beside,
            forecasts=known,
            shared=shared,
            pictures=Pictures(settings.home / "cache" / "pictures", {"price": beside.prices.picture}),
        )


def _language(settings: Settings, words: Words, clock: Clock) -> Language:
    segmenter = Segmenter([text for text, _ in words.surfaces()], settings.home / "cache")
    return Language.load(words, segmenter, clock, *settings.word_folders)


def _shared_values(settings: Settings) -> Values:
    return Values(
        redis_url=settings.redis_url.get_secret_value(),
        limit_burst=settings.limit_burst,
        limit_seconds=settings.limit_seconds,
        limit_voice=settings.limit_voice,
        limit_crowd=settings.limit_crowd,
        telegram_senders=settings.telegram_senders,
    )


def _privacy_options(settings: Settings) -> PrivacyOptions:
    return PrivacyOptions(
        root=settings.root,
        operator=settings.operator,
        contact=settings.operator_contact,
        voice_days=settings.voice_keep_days if settings.voice_keep else None,
        ask_consent=settings.consent_ask,
    )


def _consultation_keys(settings: Settings) -> list[str]:
    given = settings.consultation_keys.get_secret_value()
    keys = given.split(",") if given else [kept_secret(settings.home / "consultation_key", new_key)]
    return [key.strip() for key in keys]


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
