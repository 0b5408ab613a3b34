"""Checks the language data: `python -m nlu.check` prints what is wrong and ends with 1, or prints nothing."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import yaml

from nlu.reading import numerals
from nlu.text.forms import plain
from nlu.text.gazetteer import Gazetteer, PlacesBroken
from nlu.text.measures import Measures, MeasuresBroken
from nlu.text.normalise import Normaliser
from nlu.text.when import wordlist as when
from nlu.wordfile import REGIONS, Spelling, Term, WordFile, WordsBroken, read
from nlu.words import DIALECT, LEXICON, Words

TRAINING = Path(__file__).parent / "rasa" / "data"
INTENTS = Path(__file__).parent / "intents.yaml"
FEWEST_EXAMPLES = 60
FEWEST_REGIONS = 6

_NEGATIONS = frozenset("不没无别未莫勿弗冇唔毋甭嫑覅冒呒")
# 行啵 and 行不行 ask the same, 唔该 thanks: the 不 in them denies nothing.
_DENY_NOTHING = (
    "是不是",
    "行不行",
    "有没有",
    "要不要",
    "能不能",
    "可不可以",
    "可以吗",
    "知不知道",
    "下不下雨",
    "谢谢",
    "别人",
)


def check(*extra: Path, training: Path = TRAINING) -> list[str]:
    """Everything wrong with the lexicon, the dialect file, the folders in `extra` and the amount of training data."""
    files: list[tuple[str, WordFile]] = []
    problems: list[str] = []
    paths = [
        *sorted(LEXICON.glob("*.yaml")),
        DIALECT,
        *(path for folder in extra for path in sorted(folder.glob("*.yaml"))),
    ]
    for path in paths:
        try:
            files.append((path.name, read(path)))
        except WordsBroken as error:
            problems.append(str(error))
    problems += check_words(files)
    problems += _values(extra)
    problems += _training(training)
    return problems


def _values(extra: Iterable[Path]) -> Iterator[str]:
    """What is wrong with the data of dates, measures and places."""
    reads: tuple[Callable[[], object], ...] = (
        when.load,
        lambda: Measures.load(*(path for folder in extra for path in sorted((folder / "units").glob("*.yaml")))),
        lambda: Gazetteer.load(*(folder / "places" for folder in extra)),
    )
    for read_data in reads:
        try:
            read_data()
        except (WordsBroken, MeasuresBroken, PlacesBroken) as error:
            yield str(error)


def check_words(files: Iterable[tuple[str, WordFile]]) -> list[str]:
    """Everything wrong with these files, by name, taken together."""
    files = list(files)
    words = Words(file for _, file in files)
    problems = [f"{name}: {problem}" for name, file in files for problem in _file(file, words)]
    problems += _meanings(words)
    problems += _sounds(words)
    problems += _normalising(words)
    return problems


def _file(file: WordFile, words: Words) -> Iterator[str]:
    seen: Counter[str] = Counter(term.standard for term in file.terms)
    yield from (f"{standard} is defined twice" for standard, times in seen.items() if times > 1)
    for term in file.terms:
        said = [term.standard, *(spelling.text for spelling in _spellings(term))]
        for text, times in Counter(said).items():
            if times > 1:
                yield f"{term.standard}: {text} stands there twice"
            if _plain(text) != text:
                yield f"{term.standard}: {text!r} is not in plain simplified form, nobody would find it"
        if term.of is not None and (words.term(term.of) is None):
            yield f"{term.standard}: there is no {term.of} that it could belong to"
        for spelling in term.aliases:
            yield from _replacement(file, term, spelling)
    for word in file.keep:
        if not any(
            word[start:end] in words.readings for start in range(len(word)) for end in range(start + 1, len(word) + 1)
        ):
            yield f"{word} needs no keeping, there is no alias in it"


def _replacement(file: WordFile, term: Term, spelling: Spelling) -> Iterator[str]:
    """What a replacement would do to the sense."""
    replaces = file.normalise if spelling.normalise is None else spelling.normalise
    if not replaces:
        return
    denies = term.kind == "wording" and term.standard not in _DENY_NOTHING
    if denies and bool(_NEGATIONS & set(spelling.text)) != bool(_NEGATIONS & set(term.standard)):
        yield f"{term.standard}: {spelling.text} would add or lose a negation"
    if spelling.normalise and [c for c in numerals(spelling.text) if c != "半"] != list(numerals(term.standard)):
        yield f"{term.standard}: {spelling.text} would change a numeral"


def _meanings(words: Words) -> Iterator[str]:
    kinds: dict[str, set[str]] = {}
    for term in words.terms:
        kinds.setdefault(term.standard, set()).add(term.kind)
    yield from (f"{name} is a standard term of {' and '.join(sorted(of))}" for name, of in kinds.items() if len(of) > 1)
    for text, readings in words.readings.items():
        bare = [r for r in readings if not (r.spelling.context or r.spelling.regions or r.spelling.usual or r.term.of)]
        names = " and ".join(reading.term.standard for reading in readings)
        if len(readings) > 1 and len(bare) > 1:
            yield f"{text} means {names}: mark all but one with regions, context or usual"
        for one in readings:
            for other in readings:
                if one.term.standard < other.term.standard and _clash(one.spelling, other.spelling):
                    yield f"{text} means {names} in the same region: mark one with context"


def _clash(one: Spelling, other: Spelling) -> bool:
    told_apart = one.context or other.context or one.at_end or other.at_end
    return bool(set(one.regions) & set(other.regions)) and not told_apart


def _sounds(words: Words) -> Iterator[str]:
    heard: dict[str, str] = {}
    for term in words.terms:
        for spelling in term.sound_alikes:
            if spelling.text in words.readings:
                yield f"{term.standard}: sound-alike {spelling.text} is a word of its own"
            if heard.setdefault(spelling.text, term.standard) != term.standard:
                yield f"sound-alike {spelling.text} belongs to {heard[spelling.text]} and to {term.standard}"
            if numerals(spelling.text) != numerals(term.standard):
                yield f"{term.standard}: sound-alike {spelling.text} would change a numeral"


def _normalising(words: Words) -> Iterator[str]:
    normaliser = Normaliser(words)
    for term in words.terms:
        if (changed := normaliser.normalise(term.standard)) != term.standard:
            yield f"{term.standard} would itself be replaced by {changed}"
    for text, readings in words.readings.items():
        hangs_on_region = len(readings) > 1 or readings[0].spelling.strict
        for region in (None, *REGIONS) if hangs_on_region else (None,):
            once = normaliser.normalise(text, region)
            if normaliser.normalise(once, region) != once:
                yield f"{text} does not settle when normalised ({region})"


def _training(folder: Path) -> Iterator[str]:
    intents = yaml.safe_load(INTENTS.read_text(encoding="utf-8"))
    for intent in intents:
        path = folder / f"{intent}.yaml"
        if not path.exists():
            yield f"{path.name} is missing"
            continue
        regions = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("examples") or {}
        count = sum(len(sentences or ()) for sentences in regions.values())
        if count < FEWEST_EXAMPLES:
            yield f"{path.name} has {count} examples, at least {FEWEST_EXAMPLES} are needed"
        if sum(bool(sentences) for sentences in regions.values()) < FEWEST_REGIONS:
            yield f"{path.name} has examples from fewer than {FEWEST_REGIONS} regions"
        yield from (f"{path.name}: {region} is not a region" for region in regions if region not in REGIONS)


def _spellings(term: Term) -> Iterator[Spelling]:
    yield from (*term.aliases, *term.narrower, *term.sound_alikes)


def _plain(text: str) -> str:
    return "".join(char for char, _, _ in plain([(char, 0, 0) for char in text]))


if __name__ == "__main__":
    found = check()
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.exit(1 if found else 0)
