"""Mends what was misheard: words that make no sense where they stand, but sound like a term of the lexicon."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from nlu.text.change import Change, Correction, fixed
from nlu.text.segmenter import FREQUENCY, Segmenter
from nlu.text.sound_index import LONGEST, Match, SoundIndex, sayable, syllables
from nlu.text.usage import EDGE, Usage
from nlu.wordfile import Region, Spelling, Term
from nlu.words import Words

__all__ = ["SPOKEN", "TYPED", "Change", "Correction", "Corrector", "Manner"]

_HAN = re.compile("[\u3400-\u9fff]+")
_WORD = 20
"""A word this frequent makes sense as it stands."""
_COMMON = 300
_COMMON_CHARACTER = 20_000
_RARE = 150
"""Nobody hits a character this rare by accident, and no recogniser does: 醚菌酯 is not 嘧菌酯."""
_MOST_COMMON_CHARACTER = 60_000
"""The same, where the sound is exactly that of a longer name."""
_AT_HOME = 0.15
"""What the accent of a known region may do to a short name."""
_USUAL = 2
"""A word that is known to be said so often makes sense in a short window, and where a deed would take its place."""
_TYPED_USUAL, _VERY_USUAL = 0.3, 0.48
"""The same for a short window that sounds exactly like a name, typed and spoken: times in a thousand words."""
_SHORT_DEED = 3
_AFFIXES = "子老"
"""What many words begin or end with says nothing for one of them."""
_SHARED, _SOUND, _USED, _BESIDE = 1.0, 2.0, 0.6, 0.6
"""What counts for a candidate: each character in common, the sound, how much it is used, its neighbours."""
_AHEAD = 0.3
"""By how much the best candidate must lead one that means something else."""
_PER_SYLLABLE = 0.22
"""What may be assumed of the accent, for each syllable of a window."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How boldly to correct.

    `same_sound`: tones apart, it must sound the same; `opened`: a syllable may be wrong; `only_names`: only to crops,
    animals, problems and inputs, never to what is done with them.
    """

    same_sound: bool
    opened: bool
    only_names: bool


SPOKEN = Manner(same_sound=False, opened=True, only_names=False)
TYPED = Manner(same_sound=True, opened=False, only_names=True)
"""People mean what they type: only what their keyboard offers for the same sounds."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    tokens: list[str]
    bounds: list[int]
    sound: list[str]
    """One syllable for each character; empty where it is not Han."""


@dataclass(frozen=True, slots=True)
class _Window:
    """The tokens `first` to `last`, the latter not included."""

    sentence: _Sentence
    first: int
    last: int

    @property
    def start(self) -> int:
        return self.sentence.bounds[self.first]

    @property
    def end(self) -> int:
        return self.sentence.bounds[self.last]

    @property
    def text(self) -> str:
        return self.sentence.text[self.start : self.end]

    @property
    def sound(self) -> tuple[str, ...]:
        return tuple(self.sentence.sound[self.start : self.end])

    @property
    def neighbours(self) -> tuple[str, str]:
        tokens = self.sentence.tokens
        before = tokens[self.first - 1] if self.first else EDGE
        return before, tokens[self.last] if self.last < len(tokens) else EDGE


class Corrector:
    """Built in about a second, then holds no state; safe to share.

    `phrases` are sentences as people say them; how often and beside what a term stands in them decides between terms
    that sound alike.
    """

    def __init__(self, words: Words, segmenter: Segmenter, phrases: Iterable[str] = ()) -> None:
        self._segmenter = segmenter
        self._known = frozenset(words.readings)
        self.usage = Usage(phrases, segmenter)
        """What is known of how these words are used."""
        self._index = SoundIndex(words, self.usage)
        self._listed = {
            spelling.text: (_as_said(spelling.text, term), spelling)
            for term in words.terms
            for spelling in term.sound_alikes
        }

    def correct(self, text: str, region: Region | None = None) -> str:
        """The mended text."""
        return self.mend(text, region).text

    def mend(self, text: str, region: Region | None = None, manner: Manner = SPOKEN) -> Correction:
        """Mend a sentence. No number and no negation is changed: such a change is only among the doubts.

        A doubt is also a term that fits no better than another one of the same sound.
        """
        sentence = self._read(text)
        changes: list[Change] = []
        doubts: list[Change] = []
        at = 0
        while at < len(sentence.text):
            found = self._listed_at(sentence, at, manner) or self._changes_at(sentence, at, region, manner)
            if len(found) == 1 and found[0].silent:
                changes += found
            else:
                doubts += found
            at = max((change.end for change in found), default=at + 1)
        return Correction(sentence.text, tuple(changes), tuple(doubts))

    def _read(self, text: str) -> _Sentence:
        tokens: list[str] = []
        at = 0
        for token in self._segmenter.cut(text):
            start = text.index(token, at)  # spaces are no tokens
            tokens += [text[at:start], token] if start > at else [token]
            at = start + len(token)
        tokens += [text[at:]] if at < len(text) else []
        sound = [""] * len(text)
        for run in _HAN.finditer(text):
            sound[run.start() : run.end()] = syllables(run[0])
        return _Sentence(text, tokens, [0, *accumulate(map(len, tokens))], sound)

    def _listed_at(self, sentence: _Sentence, start: int, manner: Manner) -> list[Change]:
        """A mishearing that the lexicon lists; a short one only where the words around it end there."""
        text, bounds = sentence.text, sentence.bounds
        for end in range(min(len(text), start + LONGEST), start + 1, -1):
            heard = text[start:end]
            whole = start in bounds and end in bounds and not manner.same_sound
            if heard not in self._listed or (len(heard) == 2 and not whole):
                continue
            meant, spelling = self._listed[heard]
            if _fits(spelling, text, start, end):
                return [Change(start, heard, meant)]
        return []

    def _changes_at(self, sentence: _Sentence, start: int, region: Region | None, manner: Manner) -> list[Change]:
        """What could be meant by the words from `start` on, the longest stretch first; several where it is undecided."""
        if start not in sentence.bounds:
            return []
        first = sentence.bounds.index(start)
        for last in range(min(len(sentence.tokens), first + LONGEST), first, -1):
            window = _Window(sentence, first, last)
            if 2 <= len(window.text) <= LONGEST and all(window.sound) and not self._is_word(window.text):
                meant = self._meant(window, region, manner)
                if meant:
                    return [Change(start, window.text, one) for one in meant]
        return []

    def _is_word(self, window: str) -> bool:
        known = window in self._known or self.usage.words[window] > 0
        return known or self._segmenter.frequency(window) >= _WORD

    def _meant(self, window: _Window, region: Region | None, manner: Manner) -> tuple[str, ...]:
        """The term that these words sound like, if nothing speaks for what was heard; two where neither is better."""
        best: dict[str, tuple[float, str]] = {}
        for match in self._index.matches(window.text, window.sound, region, opened=manner.opened):
            if self._could_be(window, match, region, manner):
                name = match.name
                found = self._score(window, match), name.text
                best[name.standard] = max(best.get(name.standard, found), found)
        ranked = sorted(best.values(), reverse=True)
        undecided = len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _AHEAD
        return tuple(text for _, text in ranked[: 2 if undecided else 1])

    def _score(self, window: _Window, match: Match) -> float:
        name = match.name.text
        before, after = window.neighbours
        return (
            _SHARED * sum(map(str.__eq__, window.text, name))
            - _SOUND * match.cost
            + _USED * self.usage.common(name)
            + _BESIDE * self.usage.beside(before, name, after)
        )

    def _could_be(self, window: _Window, match: Match, region: Region | None, manner: Manner) -> bool:
        heard, name = window.text, match.name.text
        other = [one for one, meant in zip(heard, name, strict=True) if one != meant]
        if (
            fixed(heard) != fixed(name)
            or match.cost > _PER_SYLLABLE * len(heard)
            or (match.cost and manner.same_sound)
            or (manner.only_names and not match.name.is_name)
            or any(self._segmenter.frequency(one) < _RARE for one in other)
        ):
            return False
        if (
            not match.name.is_name
            and len(heard) <= _SHORT_DEED
            and any(self.usage.words[one] >= _USUAL for one in other)
        ):
            return False  # of 卖种子 the sound says 买种子: too little to go by where the word is a usual one
        shared = any(one == meant and one not in _AFFIXES for one, meant in zip(heard, name, strict=True))
        if len(heard) == 2 and not (shared and self._short_one_could_be(other, match, region, manner)):
            return False
        exact = shared and not match.cost and len(heard) > 2
        common = _MOST_COMMON_CHARACTER if exact else _COMMON_CHARACTER
        at = 0
        for place in range(window.first, window.last):
            token = window.sentence.tokens[place]
            if token != name[at : at + len(token)] and self._makes_sense(window.sentence, place, common, shared=shared):
                return False
            at += len(token)
        return True

    def _short_one_could_be(self, other: list[str], match: Match, region: Region | None, manner: Manner) -> bool:
        """Whether two characters of which one differs are likely enough not to be meant."""
        if match.cost and (region is None or match.cost > _AT_HOME):
            return False
        exact = _TYPED_USUAL if manner.same_sound else _VERY_USUAL
        return all(
            self._segmenter.frequency(one) <= _COMMON_CHARACTER
            and (self.usage.words[one] <= _USUAL if match.cost else self.usage.per_thousand(one) <= exact)
            for one in other
        )

    def _makes_sense(self, sentence: _Sentence, place: int, common: int, *, shared: bool) -> bool:
        """Whether a word within the window speaks against taking it for something else."""
        token = sentence.tokens[place]
        frequency = self._segmenter.frequency(token)
        if len(token) == 1:
            return frequency > common or self._at_home(sentence.tokens, place)
        if token in self._known or frequency == FREQUENCY:
            return True
        return frequency > (_COMMON if shared else _WORD)

    def _at_home(self, tokens: list[str], place: int) -> bool:
        """Whether the word is known to stand beside one of its neighbours."""
        before = place > 0 and tokens[place - 1].isalnum() and self.usage.follows(tokens[place - 1], tokens[place])
        after = place + 1 < len(tokens) and tokens[place + 1].isalnum()
        return before or (after and self.usage.follows(tokens[place], tokens[place + 1]))


def _fits(spelling: Spelling, text: str, start: int, end: int) -> bool:
    return not (
        text.startswith(spelling.not_before or "\0", end) or text.endswith(spelling.not_after or "\0", 0, start)
    )


def _as_said(heard: str, term: Term) -> str:
    """The way to say the term that sounds like what was heard, so that 海交 becomes 海椒; else the standard term."""
    ways = (term.standard, *(way.text for way in (*term.aliases, *term.narrower)))
    return sayable(ways, syllables(heard)) or term.standard
