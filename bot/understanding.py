"""Composition of the understanding: Rasa in its own process, and the built-in understander for when it is down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from bot.metrics import Metrics
from bot.settings import Settings
from bot.understanding_elsewhere import Service, Where, elsewhere
from knowledge_base.entry import Entry
from nlu.builtin import BuiltinUnderstander
from nlu.failover import FailoverUnderstander
from nlu.rasa_client import RasaUnderstander
from nlu.rasa_process import RasaProcess, ServiceState
from nlu.text.normalise import Normaliser
from nlu.training import Progress, TrainingFailed, export, train
from nlu.training_data import BadTrainingData, Example, read_training_data
from nlu.understanding import Understander
from nlu.words import ENTITY_KINDS, Words

log = structlog.get_logger(__name__)

FREQUENCY = 1000
"""Weight of a lexicon word in Rasa's own jieba."""
READY_SECONDS = 90
"""How long a command waits for the service before the built-in understanding has to do."""


def examples(normaliser: Normaliser) -> Sequence[Example]:
    """The training sentences, as the service learns them."""
    return read_training_data(normaliser.normalise)


def sentences(entries: Iterable[Entry]) -> list[str]:
    """How things are said in the field: by this it is judged which words are likely beside which."""
    said = [text for entry in entries for text in (*entry.asks, *entry.symptoms, entry.spoken)]
    try:
        said += (example.text for example in read_training_data(str))
    except BadTrainingData as fault:
        log.warning("training sentences unread", reason=str(fault))
    return said


def training_files(words: Words, normaliser: Normaliser) -> dict[str, bytes]:
    """Everything that Rasa trains from."""
    return export(examples(normaliser), dictionary(words))


def dictionary(words: Words) -> Iterable[str]:
    """Lines of a jieba dictionary: the lexicon's words with their kinds, and those to be left alone, tagged `keep`."""
    tags = dict.fromkeys(words.keep, "keep") | dict(words.surfaces(*ENTITY_KINDS))
    return (f"{text} {FREQUENCY} {tag}" for text, tag in tags.items())


def train_model(settings: Settings, words: Words, normaliser: Normaliser, progress: Callable[[Progress], None]) -> Path:
    """The model of today's language data, trained if need be. Blocks. Raises `TrainingFailed`."""
    return train(training_files(words, normaliser), settings.home / "rasa", settings.rasa_python, progress)


@asynccontextmanager
async def understanding(
    settings: Settings,
    words: Words,
    normaliser: Normaliser,
    metrics: Metrics,
    run_dir: Path,
    *,
    wait: bool,
    where: Where | None = None,
) -> AsyncIterator[Service]:
    """The understanding of a running system. `wait`: begin only when the service is ready or has failed.

    `where` left out: elsewhere if the settings have its address, else here.
    """
    builtin = BuiltinUnderstander(lambda: examples(normaliser), settings.home / "cache")
    where = where or (Where.ELSEWHERE if settings.rasa_url.split() else Where.HERE)
    # In a server the stand-in is trained ahead of need: a dead service must not cost the next farmer seconds.
    warming = None if wait or where is Where.NOWHERE else asyncio.create_task(builtin.warm())
    try:
        if where is Where.NOWHERE:
            yield Service(builtin, lambda: ServiceState.STOPPED, lambda: None)
        elif where is Where.ELSEWHERE:
            async with elsewhere(settings, builtin, metrics) as service:
                yield service
        else:
            async with _here(settings, words, normaliser, metrics, run_dir, builtin=builtin, wait=wait) as service:
                yield service
    finally:
        if warming is not None:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)


@asynccontextmanager
async def _here(
    settings: Settings,
    words: Words,
    normaliser: Normaliser,
    metrics: Metrics,
    run_dir: Path,
    *,
    builtin: Understander,
    wait: bool,
) -> AsyncIterator[Service]:
    process = RasaProcess(
        settings.rasa_python,
        run_dir,
        on_state=lambda state: _report(metrics, process, state),
    )
    async with RasaUnderstander(lambda: process.endpoint) as rasa:
        starting = asyncio.create_task(_start(settings, words, normaliser, process))
        try:
            if wait:
                await _ready(starting, process)
            understander = FailoverUnderstander(rasa, builtin, metrics.fallback)
            yield Service(understander, lambda: process.state, lambda: process.endpoint)
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await process.stop()


async def _start(settings: Settings, words: Words, normaliser: Normaliser, process: RasaProcess) -> bool:
    """Train if need be and start the service; without it the built-in understanding goes on."""
    if not settings.rasa_python.exists():
        log.warning("rasa missing", what="run `make setup`; the built-in understanding answers meanwhile")
        return False
    try:
        model = await asyncio.to_thread(train_model, settings, words, normaliser, lambda _: None)
    except (TrainingFailed, BadTrainingData, OSError) as failure:
        log.error("training failed", reason=str(failure))
        return False
    await process.start(model)
    return True


async def _ready(starting: "asyncio.Task[bool]", process: RasaProcess) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            # Shielded: giving up the wait must not stop a training that is still under way.
            if await asyncio.shield(starting):
                await process.wait_for(ServiceState.READY)
    except TimeoutError:
        log.warning("rasa not ready", what="the built-in understanding answers meanwhile")


def _report(metrics: Metrics, process: RasaProcess, state: ServiceState) -> None:
    metrics.rasa_up.set(state is ServiceState.READY)
    metrics.rasa_restarts.set(process.restarts)
