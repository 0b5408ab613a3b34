"""Fits the ranking weights, without looking at any golden question.

Questions that an entry answers: its own, each left out of the entry in turn, as typed or as a recogniser might mis-hear it.
Questions that none answers: training sentences of intents that the library does not serve.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import yaml
from scipy.optimize import minimize

from bot.settings import Settings
from bot.understanding import examples, training_files
from dialogs.analysis import TextAnalyzer
from dialogs.context import Context
from dialogs.crops import Crops
from dialogs.topics.knowledge import kind_weights
from knowledge_base.entry import Entry, read_content
from knowledge_base.search.base import Query
from knowledge_base.search.profile import Profile, profile, searchable
from knowledge_base.search.rank import NONE, WEIGHTS, Rarity, about_another_crop, features
from nlu.text.pinyin import fold
from nlu.text.segmenter import Segmenter
from nlu.training_data import Example
from tests.bench.figures import show
from tests.eval.contenders import Language, served

MISHEARD = 0.35
"""Share of characters that become another one of the same folded sound."""
SAMPLES = 7_000
RIVALS = 40
"""Candidates kept beside the right one; the others' probability is next to nothing."""
UNSERVED = {
    "out_of_scope",
    "smalltalk",
    "help",
    "price",
    "person",
    "feedback",
    "my_bookings",
    "subscribe",
    "book_machinery",
}
RIDGE = 0.0005


@dataclass(frozen=True, slots=True)
class Sample:
    """A question, and the entry that answers it and the line of that entry which the question was taken from."""

    text: str
    entry: Entry | None = None
    line: str | None = None


class Mishearing:
    """Replaces characters by others of the same folded sound."""

    def __init__(self, texts: Sequence[str], seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._alike: dict[str, list[str]] = defaultdict(list)
        for character in sorted({c for text in texts for c in text}):
            for syllable in fold(character):
                self._alike[syllable].append(character)

    def __call__(self, text: str) -> str:
        """The text as a weak recogniser might write it: no punctuation, wrong characters."""
        return "".join(self._one(c) for c in text if c.isalnum())

    def _one(self, character: str) -> str:
        syllables = fold(character)
        if not syllables or self._random.random() > MISHEARD:
            return character
        return self._random.choice(self._alike.get(syllables[0]) or [character])


def samples(entries: Sequence[Entry], sentences: Sequence[Example]) -> Iterator[Sample]:
    """Every question that the weights may be fitted on."""
    mishear = Mishearing([line for entry in entries for line in searchable(entry)])
    for entry in entries:
        for number, ask in enumerate(entry.asks):
            yield Sample(mishear(ask) if number % 3 == 0 else ask, entry, ask)
    for sentence in sentences:
        if sentence.intent in UNSERVED:
            yield Sample(sentence.text)


async def matrices(settings: Settings) -> tuple[list[str], list[tuple[np.ndarray, int]]]:
    """Names of the features, and for each question its candidates' features and the row of the right one, -1 for none."""
    language = Language(settings, datetime.now(UTC))
    words, normaliser = language.words, language.normaliser
    analyze = TextAnalyzer(normaliser, Segmenter([t for t, _ in words.surfaces()], settings.home / "cache"))
    crops = Crops(words)
    entries = read_content()
    profiles = {entry.key: profile(entry, analyze) for entry in entries}
    frequencies = Counter(token for p in profiles.values() for token in _tokens(p))
    rarity = Rarity(frequencies, len(entries))
    names: list[str] = []
    rows = []
    chosen = list(samples(entries, examples(normaliser)))
    random.Random(2).shuffle(chosen)
    async with served(settings, "ours", training_files(words, normaliser)) as rasa:
        interpreter = language.interpreter(rasa, corrected=True)
        for sample in chosen[:SAMPLES]:
            said = await interpreter.interpret(sample.text)
            context = Context(None, said, None, None, crops.named(said))  # type: ignore[arg-type]
            query = Query(said.normalized, crops.family(context.crops), context.problems, kind_weights(said))
            asked = analyze(query.text)
            candidates = []
            for key, whole in profiles.items():
                right = sample.entry is not None and sample.entry.key == key
                p = profile(whole.entry, analyze, _without(whole.entry, sample.line)) if right else whole
                if not about_another_crop(query, p):
                    found = features(query, asked, p, rarity)
                    names = names or list(found)
                    candidates.append((list(found.values()), right))
            candidates.sort(key=lambda row: (-row[1], -sum(row[0])))
            kept = candidates[: RIVALS + 1]
            if kept and (kept[0][1] or sample.entry is None):
                rows.append((np.array([row for row, _ in kept]), 0 if kept[0][1] else -1))
    return names, rows


def _tokens(p: Profile) -> set[str]:
    return set(p.characters.at) | set(p.syllables.at) | set(p.syllable_pairs.at)


def _without(entry: Entry, line: str | None) -> list[str]:
    return [one for one in searchable(entry) if one != line]


def fit(names: Sequence[str], rows: Sequence[tuple[np.ndarray, int]]) -> dict[str, float]:
    """Weights of a conditional logit with an outside option, by maximum likelihood with a small ridge."""
    most, width = max(len(row) for row, _ in rows), len(names)
    values = np.zeros((len(rows), most, width))
    there = np.zeros((len(rows), most), dtype=bool)
    for number, (row, _) in enumerate(rows):
        values[number, : len(row)] = row
        there[number, : len(row)] = True
    right = np.array([at if at >= 0 else most for _, at in rows])
    each = np.arange(len(rows))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, none = parameters[:-1], parameters[-1]
        scores = np.where(there, values @ weights, -1e9)
        scores = np.concatenate([scores, np.full((len(rows), 1), none)], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        probable = np.exp(scores)
        probable /= probable.sum(axis=1, keepdims=True)
        value = -np.log(probable[each, right] + 1e-12).mean() + RIDGE * float(weights @ weights)
        slope = probable.copy()
        slope[each, right] -= 1
        slope /= len(rows)
        by_weight = np.einsum("qc,qcf->f", slope[:, :most] * there, values) + 2 * RIDGE * weights
        return float(value), np.append(by_weight, slope[:, most].sum())

    found = minimize(loss, np.zeros(width + 1), jac=True, method="L-BFGS-B")
    return {name: round(float(weight), 2) for name, weight in zip([*names, NONE], found.x, strict=True)}


if __name__ == "__main__":
    weights = fit(*asyncio.run(matrices(Settings())))
    WEIGHTS.write_text(
        "# Fitted by `python -m tests.eval.calibrate`; see knowledge_base/search/rank.py.\n"
        + yaml.safe_dump(weights, sort_keys=False),
        "utf-8",
    )
    show(WEIGHTS.read_text("utf-8"))
