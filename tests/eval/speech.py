"""`python -m tests.eval speech`: spoken questions through plain Vosk and through each layer of ours.

Rows are layers, columns conditions (noise, telephone). Three measures: character error rate, farm-term recall, and the
share of spoken questions with the same answer as typed (of those that are answered typed). Options: `--all` hears every sentence
under every condition (by default a quarter where the condition is neither clean nor 10 dB); `--write-misheard` writes
tests/golden/misheard.yaml, what plain Vosk makes of every sentence at 10 dB. With XIANGYIN_EVAL_RECORDINGS set, also
people's recordings in that folder (transcripts.tsv: path, text, source, licence, dialect, kind).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.settings import Settings
from bot.trial import Trial, trial
from nlu.words import Words
from tests.bench.figures import show
from tests.eval.speech_corpus import CONDITIONS, SPOKEN, Clip, Sentence, Studio, recordings, sentences
from tests.eval.speech_hearing import plain
from tests.eval.speech_layers import Layer, layers
from tests.eval.speech_score import Terms, errors

MISHEARD = SPOKEN.with_name("misheard.yaml")
HEADER = """\
# What plain Vosk heard of the sentences in spoken.yaml: synthesised, noise at 10 dB, first reading, nothing mended.
# Written by `python -m tests.eval speech --write-misheard`; not to be edited, and held out like the rest (README.md).
"""
NOW = "2026-11-22T09:00"
RECORDINGS = "XIANGYIN_EVAL_RECORDINGS"


@dataclass(slots=True)
class Tally:
    """What was counted for one layer under one condition."""

    wrong: int = 0
    length: int = 0
    found: int = 0
    terms: int = 0
    same: int = 0
    doubted: int = 0
    questions: int = 0

    def text(self, said: Sentence, heard: str, terms: Terms) -> None:
        """Count characters and farm terms."""
        wrong, length = errors(said.text, heard)
        self.wrong += wrong
        self.length += length
        self.terms += len(said.terms)
        self.found += terms.found(said.terms, heard)

    def answer(self, *, same: bool, doubted: bool) -> None:
        """Count what it led to; who is asked which it was has no answer yet."""
        self.questions += 1
        self.doubted += doubted
        self.same += same and not doubted

    def row(self) -> str:
        """Character error rate, farm-term recall, same subject, asked which of two sentences it was."""
        parts = (
            (self.wrong, self.length),
            (self.found, self.terms),
            (self.same, self.questions),
            (self.doubted, self.questions),
        )
        return "".join(f"{part / whole:>12.1%}" if whole else f"{'-':>12}" for part, whole in parts)


class Subjects:
    """What a sentence leads to, each asked once in a conversation of its own."""

    def __init__(self, one: Trial) -> None:
        self._one = one
        self._known: dict[str, object] = {}

    async def of(self, text: str) -> object:
        """The subject of the answer, None where there is none."""
        if text not in self._known:
            self._known[text] = (await self._one.say(text, str(len(self._known))))["subject"] if text else None
        return self._known[text]


async def run(settings: Settings, options: Sequence[str]) -> None:
    """The table, or the misheard half of the golden sentences."""
    if "--write-misheard" in options:
        await write_misheard(settings)
        return
    clips = list(Studio(settings).clips(sentences(), CONDITIONS, whole="--all" in options))
    if folder := os.environ.get(RECORDINGS):
        clips += recordings(Path(folder))
    async with trial(settings, NOW, None) as one:
        rows = await layers(settings, one, clips)
        await table(settings, one, clips, rows)


async def table(settings: Settings, one: Trial, clips: Sequence[Clip], rows: Sequence[Layer]) -> None:
    """Print what was counted, condition by condition."""
    subjects, terms = Subjects(one), Terms(Words.load(*settings.word_folders))
    typed = Layer("typed", [clip.sentence.text for clip in clips])
    for condition in dict.fromkeys(clip.condition for clip in clips):
        count = sum(clip.condition == condition for clip in clips)
        head = f"{condition}, {count} clips"
        show(f"{head:<44}{'char errors':>12}{'farm terms':>12}{'same answer':>12}{'asked which':>12}")
        for layer in (typed, *rows):
            tally = Tally()
            for number, clip in enumerate(clips):
                if clip.condition == condition:
                    wanted = await subjects.of(clip.sentence.text)
                    got = await subjects.of(layer.texts[number])
                    tally.text(clip.sentence, layer.texts[number], terms)
                    if wanted:
                        tally.answer(same=got == wanted, doubted=number in layer.asked)
            show(f"  {layer.name:<42}{tally.row()}")


async def write_misheard(settings: Settings) -> None:
    """Plain Vosk on all sentences at 10 dB, for the text evaluation."""
    clips = list(Studio(settings).clips(sentences(), ["10 dB"], whole=True))
    heard = await plain(settings).all(clips)
    rows = [{"said": clip.sentence.text, "heard": one.text} for clip, one in zip(clips, heard, strict=True)]
    MISHEARD.write_text(HEADER + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=1000), "utf-8")
    show(f"{MISHEARD.name}: {len(rows)} sentences")
