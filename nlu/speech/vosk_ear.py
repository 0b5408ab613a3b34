"""The Vosk ear: recordings to text, several at a time, off the event loop, with recognisers that are kept warm."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu.speech.assets import Asset, status
from nlu.speech.base import Heard, NoEar, NoSpeech
from nlu.speech.decode import RATE, decode
from nlu.speech.grammar import Domain, Grammar
from nlu.speech.narrower import narrower
from nlu.speech.pool import Pool
from nlu.speech.readings import is_speech, readings
from nlu.speech.recogniser import Recogniser, Segment
from nlu.speech.room import Room
from nlu.speech.sound import prepared
from nlu.speech.trial import vosk_bears
from nlu.speech.two_ears import limited, weighed
from nlu.speech.vocabulary import Vocabulary, VocabularyUnreadable

if TYPE_CHECKING:
    import vosk

ALTERNATIVES = 5
WARM_UP = Path(__file__).with_name("warm_up.ogg")
WARM_UP_PIECE = 5.0
PARTS = ("am/final.mdl", "conf/mfcc.conf")
LIMITING_PARTS = ("graph/Gr.fst", "graph/HCLr.fst")
"""What a model must have to hear by a grammar; one with a fixed graph has only open dictation."""

log = logging.getLogger(__name__)
Samples = NDArray[np.int16]
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Second:
    """A grammar, and the recognisers made with it."""

    grammar: Grammar
    pool: Pool


@dataclass(frozen=True, slots=True)
class _Ears:
    """A loaded model; `vocabulary` is None if it has open dictation only."""

    model: "vosk.Model"
    open: Pool
    vocabulary: Vocabulary | None


class VoskEar:
    """Hears with one model and up to `parallel` recordings at a time; `waiting` more may wait, then `EarBusy`.

    `model_dir` is a Vosk model's folder; `asset`, if given, is the list it is compared with before it is loaded; without
    one it is loaded by another process first.
    `max_bytes` and `max_seconds` bound a recording. With a `domain`, each recording is heard by two ears side by side,
    open dictation and a grammar grown from the domain, and what they heard is merged (docs/speech.md); `cache` is a
    folder to keep the model's list of words in, and what narrows its search. A fresh recogniser for open dictation is several times slower than one
    that has heard some speech (more than half a minute brings little): `warm` prepares all of them; recordings are
    served meanwhile.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        parallel: int,
        waiting: int,
        max_bytes: int,
        max_seconds: float,
        alternatives: int = ALTERNATIVES,
        asset: Asset | None = None,
        domain: Domain | None = None,
        cache: Path | None = None,
    ) -> None:
        self._model_dir = model_dir
        self._parallel = parallel
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._alternatives = alternatives
        self._asset = asset
        self._domain = domain
        self._cache = cache
        self._workers = ThreadPoolExecutor(parallel, thread_name_prefix="ear")
        self._beside = ThreadPoolExecutor(2 * parallel, thread_name_prefix="ear-grammar")
        self._lock = threading.Lock()
        self._growing = threading.Lock()
        self._ears: _Ears | None = None
        self._second: _Second | None = None
        self._room = Room(parallel, waiting)

    @property
    def queue_length(self) -> int:
        """Recordings that wait for a recogniser."""
        return self._room.queue_length

    @property
    def busy(self) -> int:
        """Recordings that are being worked on."""
        return self._room.busy

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard:
        """Return what was said. Raises a `SpeechError`; a cancelled caller frees its recogniser within a moment.

        `expected` are the phrases that an open question awaits; `Heard.limited` is one of them, or several in a row.
        """
        left = threading.Event()
        with self._room.place():
            try:
                samples = await asyncio.to_thread(decode, recording, self._max_bytes, self._max_seconds)
                return await asyncio.get_running_loop().run_in_executor(
                    self._workers, self._heard, samples, tuple(expected), left.is_set
                )
            finally:
                left.set()

    async def warm(self) -> None:
        """Load the model and let each recogniser hear some speech; run it as a task beside everything else.

        Works in pieces of a few seconds, so that recordings need not wait for its end. Without a model it only logs:
        `hear` tells who speaks, and a model fetched later is found.
        """
        loop = asyncio.get_running_loop()
        try:
            ears = await loop.run_in_executor(self._workers, self._loaded)
        except NoEar as error:
            log.warning("no speech recognition: %s", error)
            return
        sound = await asyncio.to_thread(decode, WARM_UP.read_bytes(), self._max_bytes, 600)
        pieces = np.array_split(sound, max(round(sound.size / RATE / WARM_UP_PIECE), 1))
        for piece in pieces:
            for _ in range(self._parallel):
                await loop.run_in_executor(self._workers, _warmed, ears.open, piece)

    async def learn(self, phrases: Iterable[str], terms: Iterable[str] | None = None) -> None:
        """Grow the grammar anew, from other phrases and, if given, other terms; does nothing without a `domain`.

        Recordings go on being heard meanwhile, by the grammar that is in force when their reading begins.
        """
        if self._domain is None:
            return
        said = tuple(phrases)
        known = self._domain.terms if terms is None else frozenset(terms)
        self._domain = replace(self._domain, terms=known, phrases=lambda: said)
        await asyncio.to_thread(self._regrow)

    def close(self) -> None:
        """Take no more recordings; what is being read ends by itself."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._beside.shutdown(wait=False)

    def _heard(self, samples: Samples, expected: tuple[str, ...], stopped: Stop) -> Heard:
        sound = prepared(samples)
        ears = self._loaded()
        second, phrases = self._second, self._limited(ears, expected)
        others = [other for other in (second, phrases) if other is not None]
        beside = [self._beside.submit(_read, other.pool, sound, stopped) for other in others]
        try:
            by_open = _read(ears.open, sound, stopped)
        finally:
            wait(beside)  # so that never more of them are at work than recordings are
        answer = None if phrases is None else limited(by_open, beside[-1].result(), phrases.grammar)
        try:
            if second is None:
                said = readings([segment for segment in by_open if is_speech(segment)], self._alternatives)
            else:
                said = weighed(by_open, beside[0].result(), second.grammar, self._alternatives)
        except NoSpeech:
            if answer is None:
                raise
            said = (answer,)  # one syllable that open dictation does not tell from a noise
        return Heard(said, samples.size / RATE, answer)

    def _limited(self, ears: _Ears, expected: tuple[str, ...]) -> _Second | None:
        """An ear for these phrases alone: made in a moment, and not kept."""
        if not expected or ears.vocabulary is None:
            return None
        grammar = Grammar.limited(expected, ears.vocabulary)
        return _Second(grammar, self._pool(ears.model, grammar)) if grammar.entries else None

    def _pool(self, model: "vosk.Model", grammar: Grammar | None = None) -> Pool:
        return Pool(lambda: Recogniser(model, self._alternatives, grammar), self._parallel)

    def _regrow(self) -> None:
        with self._lock:
            ears = self._ears
        if ears is not None:  # else it is grown when the model is loaded
            self._grow(ears)

    def _grow(self, ears: _Ears) -> None:
        """Make the second ear; one at a time, so that the last one asked for is the one that stays."""
        with self._growing:
            if self._domain is None or ears.vocabulary is None:
                return
            grammar = Grammar.grown(self._domain, ears.vocabulary)
            pool = self._pool(ears.model, grammar)
            pool.fill()
            self._second = _Second(grammar, pool)

    def _loaded(self) -> _Ears:
        with self._lock:
            if self._ears is None:
                ears = self._load()
                self._grow(ears)
                self._ears = ears
            return self._ears

    def _load(self) -> _Ears:
        if self._asset is not None and (found := status(self._asset, self._model_dir)).state != "ok":
            raise NoEar(found.detail)
        for part in PARTS:
            if not (self._model_dir / part).is_file():
                raise NoEar(f"no {part}")
        searched = self._searched()
        if self._asset is None and not vosk_bears(searched):
            raise NoEar("the model cannot be loaded")
        try:
            import vosk  # noqa: PLC0415 - loads a shared library of 25 MB

            vosk.SetLogLevel(-1)
            model = vosk.Model(str(searched))
        except Exception as error:  # vosk raises bare Exception
            raise NoEar("the model cannot be loaded") from error
        return _Ears(model, self._pool(model), self._words())

    def _searched(self) -> Path:
        """The model's folder, or where there are two ears one with a narrower search: both cost what one did."""
        if self._domain is None or self._cache is None:
            return self._model_dir
        try:
            return narrower(self._model_dir, self._cache)
        except OSError as error:
            log.warning("the speech model's search stays wide: %s", error)
            return self._model_dir

    def _words(self) -> Vocabulary | None:
        if not all((self._model_dir / part).is_file() for part in LIMITING_PARTS):
            log.warning("this speech model has a fixed graph: open dictation only")
            return None
        try:
            return Vocabulary.read(self._model_dir, self._cache)
        except VocabularyUnreadable as error:
            log.warning("the speech model's words cannot be read: %s; open dictation only", error.__cause__)
            return None


def _read(pool: Pool, sound: Samples, stopped: Stop) -> tuple[Segment, ...]:
    with pool.taken() as recogniser:
        return recogniser.read(sound, stopped)


def _warmed(pool: Pool, sound: Samples) -> None:
    with pool.taken(coldest=True) as recogniser:
        recogniser.read(sound, lambda: False)
