"""Yes, and not any more, as people say them: with thanks, with a reason, and as a recogniser writes them down."""

import re
from functools import cache

from dialogs.booking.sayings import bare, sayings
from nlu.text.pinyin import fold

_LONGEST = 16
"""A longer sentence says something else as well."""
_PIECE = 6
"""Characters of the longest word that a yes is made of."""
_NUMERAL = re.compile("[0-9一二三四五六七八九十百千两半几吗]")
_CLAUSE = re.compile("[，,。！!；;、\\s]+")

Sound = tuple[str, ...]


def agrees(text: str) -> bool:
    """Whether a sentence says yes and nothing else: 中嘞，谢谢啊; 就恁么办吧师傅; 重 for 中."""
    words = sayings()
    said = words.patterns["on_saying"].sub("", bare(text))
    if words.has("agree", said):
        return True
    if not said or len(said) > _LONGEST or _NUMERAL.search(said):
        return False
    return _made_of(said)


def cancels(text: str) -> bool:
    """Whether a sentence says that an order is not wanted any more: alone, or at its end behind the reason for it."""
    words = sayings()
    if words.has("keeps", bare(text)):
        return False
    clauses = [clause for clause in _CLAUSE.split(text) if clause]
    if not clauses:
        return False
    if len(clauses) > 1 and words.has("cancel", clauses[0]):
        behind = words.text("pause").join(clauses[1:])
        if words.has("reason", behind) and not words.has("instead_of_it", behind):
            return True
    return words.has("cancel", bare(text)) or words.has("cancel", clauses[-1]) or fold(clauses[-1]) in _unwanted()


def begins_with_yes(text: str) -> bool:
    """Whether it says yes and goes on: 对，下午."""
    clauses = [clause for clause in _CLAUSE.split(text) if clause]
    return len(clauses) > 1 and agrees(clauses[0])


def _made_of(said: str) -> bool:
    """Whether it is made of words for a yes and those beside one, one of them at least a yes."""
    words, sounds = sayings(), _sounds()
    # How far one gets, without a yes and with one.
    plain, assured = {0}, set[int]()
    for at in range(len(said)):
        if at not in plain and at not in assured:
            continue
        for end in range(at + 1, min(at + _PIECE, len(said)) + 1):
            piece = said[at:end]
            if piece in words.assent or fold(piece) in sounds:
                assured.add(end)
            beside = piece in words.assent_beside
            if at in plain and (beside or piece in words.assent_before):
                plain.add(end)
            if at in assured and (beside or piece in words.assent_after):
                assured.add(end)
    return len(said) in assured


@cache
def _sounds() -> frozenset[Sound]:
    return frozenset(map(fold, sayings().assent_by_sound))


@cache
def _unwanted() -> frozenset[Sound]:
    return frozenset(map(fold, sayings().unwanted))
