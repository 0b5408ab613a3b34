"""The words that a Vosk model can hear, and how a word it cannot hear is spelled with them."""

import hashlib
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pypinyin import Style, pinyin

from nlu.text.pinyin import fold_syllable

_HAN = re.compile(r"[\u3400-\u9fff]+")
_TABLE = struct.pack("<i", 2125658996)  # kSymbolTableMagicNumber of OpenFst
_LONGEST = 8
_PIECE = 1.0
_ALIKE = 0.3
_OTHER_TONE = 0.8


class VocabularyUnreadable(Exception):
    """The model does not tell which words it knows."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words of the vocabulary that sound like a text; `exact` if they are also written like it."""

    pieces: tuple[str, ...]
    exact: bool


class Vocabulary:
    """The words of one model; spelling is remembered, so keep one for each model."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self._alike: dict[str, str] = {}
        self._alike_toneless: dict[str, str] = {}
        used = Counter(char for word in self.words for char in word)
        spoken = [(char, _readings(char)) for char in self.words if len(char) == 1]
        # Common characters with one reading first: the model is sure to know how they sound.
        for char, sounds in sorted(spoken, key=lambda one: (len(one[1]) > 1, -used[one[0]], one[0])):
            if sounds:
                self._alike.setdefault(sounds[0], char)
                self._alike_toneless.setdefault(_toneless(sounds[0]), char)
        self.spell = lru_cache(maxsize=16_384)(self._spell)

    def __contains__(self, word: str) -> bool:
        return word in self.words

    @classmethod
    def read(cls, model_dir: Path, cache: Path | None = None) -> "Vocabulary":
        """Read the words of a model from its words.txt, else from its graph; `cache` is a folder to keep them in.

        Raises `VocabularyUnreadable`.
        """
        listed = model_dir / "graph" / "words.txt"
        try:
            if listed.is_file():
                return cls(_heard(line.split()[0] for line in listed.read_text("utf-8").splitlines() if line.strip()))
            graph = model_dir / "graph" / "Gr.fst"
            with graph.open("rb") as file:
                head = file.read(1 << 16)
            size = graph.stat().st_size
            kept = cache / f"{hashlib.sha256(head + str(size).encode()).hexdigest()[:24]}.words" if cache else None
            if kept is not None and kept.is_file():
                return cls(kept.read_text("utf-8").splitlines())
            words = sorted(_heard(symbols(graph.read_bytes())))
        except (OSError, UnicodeDecodeError) as error:
            raise VocabularyUnreadable from error
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(".part")
            part.write_text("\n".join(words), encoding="utf-8")
            part.replace(kept)
        return cls(words)

    def _spell(self, text: str) -> Spelling | None:
        """The fewest words that make up `text`; a character that stands in none of them gives way to one of its sound.

        None where that fails too: digits, Latin letters, very rare sounds.
        """
        if text in self.words:
            return Spelling((text,), exact=True)
        if not _HAN.fullmatch(text):
            return None
        sounds = _sounds(text)
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(text)
        for end in range(1, len(text) + 1):
            ways = [
                (known[0] + cost, (*known[1], piece))
                for start in range(max(0, end - _LONGEST), end)
                if (known := best[start]) is not None
                for piece, cost in self._pieces(text[start:end], sounds[start])
            ]
            best[end] = min(ways, key=lambda way: way[0], default=None)
        found = best[len(text)]
        return None if found is None else Spelling(found[1], exact="".join(found[1]) == text)

    def _pieces(self, part: str, sound: str) -> Iterator[tuple[str, float]]:
        if part in self.words:
            # Of two ways with as many pieces, the one with the longer word in it.
            yield part, _PIECE - 0.01 * len(part) ** 2
        elif len(part) == 1:
            if sound in self._alike:
                yield self._alike[sound], _PIECE + _ALIKE
            elif (folded := _toneless(sound)) in self._alike_toneless:
                yield self._alike_toneless[folded], _PIECE + _OTHER_TONE


def symbols(data: bytes) -> Iterator[str]:
    """The words of the first symbol table within an OpenFst file. Raises `VocabularyUnreadable`."""
    at = data.find(_TABLE, 0, 4096)
    if at < 0:
        raise VocabularyUnreadable
    try:
        at += 4
        (length,) = struct.unpack_from("<i", data, at)
        at += 4 + length
        _, count = struct.unpack_from("<qq", data, at)
        at += 16
        for _ in range(count):
            (length,) = struct.unpack_from("<i", data, at)
            yield data[at + 4 : at + 4 + length].decode("utf-8")
            at += 4 + length + 8
    except (struct.error, UnicodeDecodeError) as error:
        raise VocabularyUnreadable from error


def _heard(words: Iterable[str]) -> Iterator[str]:
    """Leave out what is no word: `<eps>`, `!SIL`, `[unk]`, `#0`."""
    return (word for word in words if word and word[0] not in "<!#[")


def _sounds(text: str) -> list[str]:
    """A syllable with its tone for each character, read in its context."""
    return [syllables[0] for syllables in pinyin(text, style=Style.TONE3)]


def _readings(char: str) -> list[str]:
    return next(iter(pinyin(char, style=Style.TONE3, heteronym=True, errors="ignore")), [])


def _toneless(sound: str) -> str:
    return fold_syllable(sound.rstrip("12345"))
