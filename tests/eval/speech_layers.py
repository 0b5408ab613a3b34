"""The layers of the speech chain, each as what it makes of every clip."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from bot.trial import Trial
from dialogs.listening import Listener
from nlu.speech import base
from nlu.speech.base import Heard, NoSpeech
from nlu.speech.sherpa_ear import SherpaEar
from nlu.speech.vosk_ear import VoskEar
from tests.eval.speech_corpus import LONGEST, Clip
from tests.eval.speech_hearing import MAX_BYTES, Hearing, Kept, model_version, plain, version

PARALLEL = 2
NOT_HEARING = {
    "kokoro_mouth",
    "kokoro_voice",
    "opus",
    "clip_cache",
    "fetch",
    "download",
    "spoken_text",
    "spoken_numbers",
}
"""Modules of nlu/speech that have no part in hearing."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of the table: the sentence that each clip became, empty where nothing was heard.

    `asked` are the clips where the person is asked which of two sentences it was.
    """

    name: str
    texts: Sequence[str]
    asked: frozenset[int] = frozenset()


class Replay:
    """An ear that says again what was heard before."""

    def __init__(self, heard: Mapping[str, Kept]) -> None:
        self._heard = heard

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard:
        """Raises `NoSpeech` where nothing was heard."""
        heard = self._heard[hashlib.sha256(recording).hexdigest()].heard
        if heard is None:
            raise NoSpeech
        return heard


async def layers(settings: Settings, one: Trial, clips: Sequence[Clip]) -> list[Layer]:
    """Every layer, from plain Vosk to the whole chain."""
    rows = [Layer("plain Vosk", texts(await plain(settings).all(clips)))]
    ours, listener = one.system.ear, one.system.assistant._listener
    if isinstance(ours, VoskEar) and ours._domain is not None:
        ear = VoskEar(ours._model_dir, parallel=PARALLEL, waiting=0, max_bytes=MAX_BYTES, max_seconds=LONGEST)
        heard = await Hearing(settings, "open", ear, code(settings)).all(clips, PARALLEL)
        ear.close()
        rows += [Layer("open dictation, sound prepared", texts(heard)), corrected(listener, heard)]
    await ours.warm()
    name = "two ears" if isinstance(ours, VoskEar) else settings.ear
    heard = await Hearing(settings, name, ours, code(settings, *grown_from(ours))).all(clips, settings.ear_parallel)
    rows += [Layer(name, texts(heard)), corrected(listener, heard), await chosen(listener, clips, heard)]
    return rows


def corrected(listener: Listener, heard: Sequence[Kept]) -> Layer:
    """The ear's first choices, mended by sound."""
    return Layer("  + correction", [listener._mend(text, None).text for text in texts(heard)])


async def chosen(listener: Listener, clips: Sequence[Clip], heard: Sequence[Kept]) -> Layer:
    """The sentences that the assistant goes on with."""
    replayed = copy.copy(listener)
    replayed._ear = Replay({clip.key: kept for clip, kept in zip(clips, heard, strict=True)})
    sentences, asked = [], set()
    for number, clip in enumerate(clips):
        try:
            hearing = await replayed.listen(clip.data)
        except NoSpeech:
            sentences.append("")
            continue
        sentences.append(hearing.corrected)
        if hearing.doubt:
            asked.add(number)
    return Layer("  + the listener's choice: the whole chain", sentences, frozenset(asked))


def texts(heard: Sequence[Kept]) -> list[str]:
    """The ear's first choices."""
    return [kept.text for kept in heard]


def code(settings: Settings, *data: str) -> str:
    """The version of everything that has a part in hearing."""
    modules = sorted(path for path in Path(base.__file__).parent.glob("*.py") if path.stem not in NOT_HEARING)
    return version(model_version(settings), *modules, *data)


def grown_from(ear: VoskEar | SherpaEar) -> Sequence[str]:
    """What the ear's grammar is grown from."""
    domain = ear._domain if isinstance(ear, VoskEar) else None
    return (*sorted(domain.terms), *domain.phrases()) if domain else ()
