"""Pinyin among the characters of a typed sentence (玉米zhang虫了, shuidao wenkubing) read as the words it stands for."""

import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu.text.accent import accents
from nlu.text.change import Change, Correction
from nlu.text.sound_index import Sound, syllables
from nlu.text.usage import NUMBER, Usage, alike
from nlu.wordfile import Region
from nlu.words import Words

DATA = Path(__file__).with_name("latin.yaml")
LONGEST_SPAN = 60
LONGEST_WORD = 9
_SYLLABLE = 6
_FOLDED_FROM = 3
"""From this length on a word may be spelled as it is said at home."""
_WORD = 1.0
"""How much speaks for a character that makes a word with the Chinese character beside the pinyin."""
_ACCENT = 8.0
"""How much a fold speaks against a word, beside how rare it is (in nats)."""
_LEXICON = 0.5
"""A word of the lexicon that the known sentences do not have counts as said so often."""
_NEIGHBOURS = 0.8
_TOKEN = re.compile("[A-Za-züÜ]+(?:['\u2019][A-Za-züÜ]+)*")
_LATIN = re.compile(f"{_TOKEN.pattern}(?:[ \u3000]+{_TOKEN.pattern})*")
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


@dataclass(frozen=True, slots=True)
class _Path:
    """Words for the letters so far, the syllables that are in words of two or more, and what speaks against it all."""

    words: str
    in_long: int
    cost: float


class TypedPinyin:
    """Reads pinyin; holds no state after it is built, safe to share."""

    def __init__(self, words: Words, usage: Usage) -> None:
        self._accents = accents()
        self._usage = usage
        data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
        self._keep = frozenset(data["keep"])
        self._readings = {char: tuple(said.split()) for char, said in data["readings"].items()}
        self._total = math.log(sum(usage.words.values()) + 1)
        self._words: dict[Sound, list[tuple[str, Sound]]] = {}
        self._beginnings: set[Sound] = set()
        self._known = frozenset((*words.readings, *usage.words))
        for word in sorted(self._known):
            for sound in self._said(word):
                key = tuple(map(self._accents.key, sound))
                self._words.setdefault(key, []).append((word, sound))
                self._beginnings.update(key[:length] for length in range(1, len(key) + 1))

    def _said(self, word: str) -> Iterable[Sound]:
        """The ways to say a word: as it is said, and with what else its characters can sound like."""
        sound = syllables(word)
        if not len(sound) == len(word) <= LONGEST_WORD:
            return ()
        ways = [{syllable, *self._readings.get(char, ())} for char, syllable in zip(word, sound, strict=True)]
        return itertools.product(*ways)

    def mend(self, text: str, region: Region | None = None) -> Correction:
        """The sentence with its pinyin read. What is no pinyin of words that farmers use stays: English, units, names."""
        plain = text.translate(_FULL_WIDTH)
        changes: list[Change] = []
        for found in _LATIN.finditer(plain):
            for start, end in self._spans(plain, found.start(), found.end()):
                changes += self._read(plain, text, start, end, region)
        return Correction(text, tuple(changes))

    def _read(self, plain: str, text: str, start: int, end: int, region: Region | None) -> Iterator[Change]:
        """A run of tokens as a whole, or else each of them that says something by itself."""
        spans = [(start, end), *(token.span() for token in _TOKEN.finditer(plain, start, end))]
        for number, (first, last) in enumerate(spans):
            meant = self._meant(plain, first, last, region)
            if meant:
                yield Change(first, text[first:last], meant)
                if number == 0:
                    return

    def _spans(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The runs of tokens that could be pinyin."""
        first = last = -1
        for token in _TOKEN.finditer(text, start, end):
            if self._could_be(token[0]):
                first, last = (token.start() if first < 0 else first), token.end()
            elif first >= 0:
                yield first, last
                first = -1
        if first >= 0:
            yield first, last

    def _could_be(self, token: str) -> bool:
        letters = token.replace("ü", "v").replace("Ü", "V")
        one_case = letters[1:].islower() or len(letters) == 1
        return one_case and len(letters) > 1 and any(True for _ in self._ends(letters.lower(), 0, whole=True))

    def _ends(self, letters: str, at: int, *, whole: bool) -> Iterator[int]:
        """Where a syllable that begins at `at` may end; `whole`: only if the rest can be cut up too."""
        for end in range(min(len(letters), at + _SYLLABLE), at, -1):
            # Inside a token a syllable that begins with a vowel is parted by an apostrophe: xi'an.
            known = letters[at:end] in self._accents.syllables and (at == 0 or letters[at] not in "aeo")
            if known and (not whole or end == len(letters) or any(True for _ in self._ends(letters, end, whole=True))):
                yield end

    def _meant(self, text: str, start: int, end: int, region: Region | None) -> str | None:
        """The likeliest words, if they say enough."""
        tokens = re.findall(r"[a-zv]+", text[start:end].lower().replace("ü", "v"))
        if end - start > LONGEST_SPAN or (len(tokens) == 1 and tokens[0] in self._keep):
            return None
        before = text[start - 1] if start else ""
        after = text[end] if end < len(text) else ""
        path = self._best(tokens, before, after, region)
        if path is None:
            return None
        count = len(path.words)
        alone = count == 1 and end - start > 1 and self._belongs(before, path.words, after)
        says_enough = path.in_long * 2 > count or alone
        return path.words if says_enough else None

    def _best(self, tokens: list[str], before: str, after: str, region: Region | None) -> _Path | None:
        """Dynamic programming over the letters; a syllable never crosses the end of a token."""
        letters = "".join(tokens)
        edges = [sum(map(len, tokens[:count])) for count in range(1, len(tokens) + 1)]
        best: list[dict[str, _Path]] = [{} for _ in range(len(letters) + 1)]
        best[0][before] = _Path("", 0, 0.0)
        for at in range(len(letters)):
            if not best[at]:
                continue
            for end, sound in self._sounds(letters, at, edges):
                for word, cost in self._candidates(sound, region):
                    for last, path in best[at].items():
                        joined = at == 0 and bool(before) and before + word[0] in self._known
                        total = path.cost + cost - self._drawn(last, word[0]) - _WORD * joined
                        rival = best[end].get(word[-1])
                        if rival is None or total < rival.cost:
                            long = len(word) if len(word) > 1 else 0
                            best[end][word[-1]] = _Path(path.words + word, path.in_long + long, total)
        final = (
            (path.cost - self._drawn(last, after) - _WORD * (bool(after) and last + after in self._known), path)
            for last, path in best[-1].items()
        )
        return min(final, key=lambda one: one[0], default=(0.0, None))[1]

    def _sounds(self, letters: str, at: int, edges: list[int]) -> Iterator[tuple[int, Sound]]:
        """Runs of syllables from `at` on with which a known word begins, and where they end."""
        open_runs: list[tuple[int, Sound, Sound]] = [(at, (), ())]
        while open_runs:
            start, sound, key = open_runs.pop()
            edge = next((edge for edge in edges if edge > start), len(letters))
            for end in self._ends(letters[:edge], start, whole=True):
                longer, longer_key = (
                    (*sound, letters[start:end]),
                    (*key, self._accents.key(letters[start:end])),
                )
                if longer_key in self._beginnings:
                    yield end, longer
                    if end < len(letters):
                        open_runs.append((end, longer, longer_key))

    def _candidates(self, sound: Sound, region: Region | None) -> Iterator[tuple[str, float]]:
        """The words of this sound, each with what speaks against it."""
        for word, meant in self._words.get(tuple(map(self._accents.key, sound)), ()):
            folds = sum(self._accents.cost(one, other, region) for one, other in zip(sound, meant, strict=True))
            if folds and (len(word) < _FOLDED_FROM or folds > 0.25 * len(word)):
                continue
            yield word, self._total - math.log(self._usage.words[word] + _LEXICON) + _ACCENT * folds

    def _belongs(self, before: str, char: str, after: str) -> bool:
        """Whether a character makes a word with its neighbour, or is a measure after a number."""
        counted = before and alike(before) == NUMBER and self._usage.together(before, char) > 0
        return bool(counted) or any(len(pair) > 1 and pair in self._known for pair in (before + char, char + after))

    def _drawn(self, one: str, other: str) -> float:
        """How much one character draws the other after it."""
        return _NEIGHBOURS * math.log1p(self._usage.together(one, other)) if one and other else 0.0
