"""Ways to understand a sentence, side by side: ours, ours without a layer, and what others would take."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.settings import Settings
from bot.understanding import sentences, training_files
from knowledge_base.entry import read_content
from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.rasa_client import RasaUnderstander
from nlu.rasa_process import RasaProcess, ServiceState
from nlu.slips import Slips
from nlu.speech.correction import Corrector
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.text.typed_pinyin import TypedPinyin
from nlu.training import export, train
from nlu.training_data import read_training_data
from nlu.understanding import Entity, Understander
from nlu.values import ValueFinder
from nlu.wordfile import Region
from nlu.words import Words

OURS = "ours"
UNCORRECTED = "- without speech correction"
DEFAULT = "Rasa's default Chinese pipeline"
SOUND = {"name": "components.ngrams.NgramFeaturizer", "view": "sound"}
PIPELINE = Path(__file__).parent / "rasa_default.yml"


@dataclass(frozen=True, slots=True)
class Read:
    """What a contender makes of a sentence."""

    intent: str
    confidence: float
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to understand; `mend` is what it does to a recogniser's text first."""

    name: str
    read: Callable[[str, Region | None], Awaitable[Read]]
    mend: Callable[[str, Region | None], str] | None = None


class Language:
    """All language data, loaded once."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.words = Words.load()
        self.normaliser = Normaliser(self.words)
        self.finder = EntityFinder(self.words)
        segmenter = Segmenter([text for text, _ in self.words.surfaces()], settings.home / "cache")
        self.corrector = Corrector(self.words, segmenter, sentences(read_content()))
        self.slips = Slips(TypedPinyin(self.words, self.corrector.usage), self.corrector)
        self.values = ValueFinder.load(self.words, Gazetteer.load(), lambda: now)

    def mend(self, heard: str, region: Region | None) -> str:
        """A recogniser's text, corrected by sound."""
        return self.corrector.mend(heard, region).text

    def interpreter(self, understander: Understander, *, corrected: bool) -> Interpreter:
        """The whole of typed understanding, or all of it but the correction of what is mistyped."""
        return Interpreter(self.normaliser, self.finder, understander, self.slips if corrected else None, self.values)


def without_sound(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The training files with a pipeline that does not see how a sentence sounds."""
    config = yaml.safe_load(files["config.yml"])
    views = [part for part in config["pipeline"] if part["name"].endswith("Featurizer")]
    gone = next(number for number, part in enumerate(views) if part.items() >= SOUND.items())
    config["pipeline"].remove(views[gone])
    for part in config["pipeline"]:
        if "forgotten_whole" in part:
            del part["forgotten_whole"][gone]
    return {**files, "config.yml": yaml.safe_dump(config, sort_keys=False).encode()}


def plain_rasa() -> dict[str, bytes]:
    """The training sentences as they are written, for Rasa's own components and jieba's own dictionary."""
    return {**export(read_training_data(str), []), "config.yml": PIPELINE.read_bytes()}


@asynccontextmanager
async def served(settings: Settings, name: str, files: dict[str, bytes]) -> AsyncIterator[Understander]:
    """A service with a model of these files; the model is kept under var/eval by the hash of what goes in."""
    folder = settings.home / "eval" / name
    model = train(files, folder, settings.rasa_python)
    process = RasaProcess(settings.rasa_python, folder / "run")
    async with RasaUnderstander(lambda: process.endpoint, timeout=10) as rasa:
        await process.start(model)
        try:
            await process.wait_for(ServiceState.READY)
            yield rasa
        finally:
            await process.stop()


def svm() -> Callable[[str], str]:
    """Character TF-IDF and a linear SVM, on the training sentences as they are written."""
    examples = read_training_data(str)
    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True), LinearSVC())
    model.fit([example.text for example in examples], [example.intent for example in examples])
    return lambda text: str(model.predict([text])[0])


def ours(name: str, language: Language, rasa: Understander, *, corrected: bool = True) -> Contender:
    """The interpreter as it runs in the assistant, over this service."""
    interpreter = language.interpreter(rasa, corrected=corrected)

    async def read(text: str, region: Region | None) -> Read:
        said = await interpreter.interpret(text, region)
        return Read(said.intent, said.confidence, said.entities)

    return Contender(name, read, language.mend if corrected else None)


def bare(name: str, rasa: Understander) -> Contender:
    """The service alone, given the text as it is written."""

    async def read(text: str, region: Region | None) -> Read:
        parse = await rasa.parse(text)
        return Read(parse.intent, parse.confidence, parse.entities)

    return Contender(name, read)


def linear(name: str) -> Contender:
    """The SVM, which names nothing."""
    predict = svm()

    async def read(text: str, region: Region | None) -> Read:
        return Read(predict(text), 1.0, ())

    return Contender(name, read)


@asynccontextmanager
async def contenders(settings: Settings, language: Language) -> AsyncIterator[list[Contender]]:
    """All of them, one after the other trained where that has not happened before."""
    files = training_files(language.words, language.normaliser)
    async with AsyncExitStack() as stack:
        rasa = await stack.enter_async_context(served(settings, "ours", files))
        deaf = await stack.enter_async_context(served(settings, "deaf", without_sound(files)))
        plain = await stack.enter_async_context(served(settings, "default", plain_rasa()))
        yield [
            ours(OURS, language, rasa),
            bare("- without lexicon (raw text into Rasa)", rasa),
            ours("- without pinyin features", language, deaf),
            ours(UNCORRECTED, language, rasa, corrected=False),
            bare(DEFAULT, plain),
            linear("character TF-IDF + linear SVM"),
        ]
