"""Written text to speakable sentences: numbers, units, ranges and telephone numbers in words (spoken_text.yaml).

What is left of numbers when units, ranges and telephone numbers are in place is read by `spoken_numbers`.
"""

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from nlu.speech.spoken_numbers import NUMBER, NumberRules, SpokenNumbers

RULES = Path(__file__).with_name("spoken_text.yaml")
LONGEST = 48
SHORT = 8

DASH = "(?:[-~至]|[–—]{1,2})"


class Rules(BaseModel):
    """How written signs are read aloud; see the file for what each list means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    same: dict[str, str]
    after: dict[str, str]
    words: dict[str, str]
    units: dict[str, str]
    per: tuple[str, ...]
    counted: tuple[str, ...]
    moments: tuple[str, ...]
    hotlines: tuple[str, ...]
    dialled_after: tuple[str, ...]
    letters: dict[str, str]
    circled: dict[str, str]
    link: str
    numbers: tuple[str, ...]
    two: str
    range: str
    each: str
    ordinal: str
    pause: str
    comma: str
    stop: str
    telephone: dict[str, str]
    number: NumberRules


def _any(words: tuple[str, ...] | dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


class SpokenText:
    """Turns written text into sentences to be spoken. Safe to share between threads."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._numbers = SpokenNumbers(rules.number)
        counted = _any(rules.counted)
        ranged = _any((*rules.counted, *rules.moments, *rules.words.values(), "%"))
        self._patterns = {
            "thousands": re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])"),
            "day": re.compile(r"(?<![\d.])((?:19|20)\d\d)\.(\d{1,2})\.(\d{1,2})(?![\d.])"),
            "after": re.compile(rf"([{''.join(map(re.escape, rules.after))}])\s*({NUMBER})"),
            "link": re.compile(r"(?:https?://|www\.)[^\s，。；、）)\u4e00-\u9fff]+"),
            "words": re.compile(_any(rules.words)),
            "item": re.compile(r"(?m)^\s*(\d{1,2})[.、)）]\s*(?!\d)"),
            "bullet": re.compile(r"(?m)^\s*[-*•·]\s+"),
            "phone": re.compile(
                r"(?<![\d.])(?:\+86[ -]?)?(?:1[3-9]\d(?:\d{8}|([ -])\d{4}\1\d{4})|0\d{2,3}[ -]?\d{3,4} ?\d{4}"
                r"|[48]00[ -]?\d{3}[ -]?\d{4})(?![\d.])"
                rf"|(?<![\d.])(?:{_any(rules.hotlines)})(?![\d.%~–—-]|{counted})"
                rf"|(?:(?<={')|(?<='.join(map(re.escape, rules.dialled_after))}))\d{{3,12}}(?!\d|{counted})"
            ),
            "formula": re.compile(rf"(?<![\d.-])({NUMBER})-({NUMBER})-({NUMBER})(?![\d.-])"),
            "date": re.compile(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}"),
            "unit": re.compile(rf"({NUMBER})\s*({_any(rules.units)})(?![A-Za-z])"),
            "range": re.compile(rf"({NUMBER}(?::\d\d)?\s*(?:{ranged})?)\s*{DASH}\s*(-?\d)"),
            "per": re.compile(
                rf"({NUMBER}(?:{rules.range}{NUMBER})?(?:\s*(?:{counted}|%))?)\s*/\s*({_any(rules.per)})"
            ),
            "two": re.compile(
                rf"(?<![\d.{rules.ordinal}/:-])2(?=\s*(?:{counted})|{rules.range}{NUMBER}\s*(?:{counted}))"
            ),
            "latin": re.compile(r"[A-Za-z]+"),
        }

    def sentences(self, text: str) -> list[str]:
        """Return the sentences to speak, each at most `LONGEST` characters; none if nothing in `text` can be said."""
        rules = self._rules
        text = text.translate(str.maketrans("".join(rules.same), "".join(rules.same.values())))
        text = self._patterns["link"].sub(rules.link, text)
        text = self._patterns["thousands"].sub(lambda found: found[0].replace(",", ""), text)
        text = self._patterns["day"].sub(r"\1-\2-\3", text)
        text = self._patterns["after"].sub(lambda found: found[2] + rules.after[found[1]], text)
        text = self._patterns["item"].sub(self._item, text)
        text = self._patterns["bullet"].sub("", text)
        for sign, word in rules.circled.items():
            text = text.replace(sign, f"{word}{rules.comma}")
        text = self._patterns["phone"].sub(self._dialled, text)
        text = self._patterns["words"].sub(lambda found: rules.words[found[0]], text)
        text = self._patterns["unit"].sub(lambda found: found[1] + rules.units[found[2]], text)
        text = self._spoken_ranges(text)
        text = self._patterns["per"].sub(lambda found: rules.each + found[2] + found[1], text)
        text = self._patterns["two"].sub(rules.two, text)
        text = self._numbers.read(text)
        text = self._patterns["latin"].sub(self._spelled, text)
        return _split(_plain(text), rules)

    def _item(self, found: re.Match[str]) -> str:
        number = int(found[1])
        numbers = self._rules.numbers
        return (numbers[number - 1] if 1 <= number <= len(numbers) else found[1]) + self._rules.comma

    def _dialled(self, found: re.Match[str]) -> str:
        return "".join(self._rules.telephone.get(sign, "") for sign in found[0])

    def _spelled(self, found: re.Match[str]) -> str:
        return "".join(self._rules.letters[letter] for letter in found[0].upper())

    def _spoken_ranges(self, text: str) -> str:
        """Read "3-5天" as 3到5天 and "15-15-15" as 15、15、15; leave dates alone."""
        pause = self._rules.pause

        def between(piece: str) -> str:
            piece = self._patterns["formula"].sub(rf"\1{pause}\2{pause}\3", piece)
            return self._patterns["range"].sub(rf"\1{self._rules.range}\2", piece)

        dates = self._patterns["date"].findall(text)
        pieces = [between(piece) for piece in self._patterns["date"].split(text)]
        return pieces[0] + "".join(date + piece for date, piece in zip(dates, pieces[1:], strict=True))


@cache
def chinese() -> SpokenText:
    """The reader for Mandarin."""
    return SpokenText(Rules.model_validate(yaml.safe_load(RULES.read_text(encoding="utf-8"))))


def _plain(text: str) -> str:
    """Drop what has no sound: emoji, marks of layout, signs that no voice knows."""
    return "".join(sign if sign.isalnum() or sign in "，。！？；：、…—“”（）《》\n,.!?;:()" else " " for sign in text)


def _split(text: str, rules: Rules) -> list[str]:
    """Cut at sentence ends, long sentences at commas, and join what is too short to be spoken well alone."""
    pieces: list[str] = []
    for sentence in re.findall(r"[^。！？；!?;\n]+[。！？；!?;]*", text):
        said = re.sub(r"\s+", " ", sentence).strip()
        if not any(sign.isalnum() for sign in said):
            continue
        if said[-1].isalnum():
            said += rules.stop
        pieces.extend(_short_enough(said))
    joined: list[str] = []
    for piece in pieces:
        if joined and min(len(joined[-1]), len(piece)) < SHORT and len(joined[-1]) + len(piece) <= LONGEST:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _short_enough(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST:
        return [sentence]
    cut = max(sentence.rfind(mark, 0, LONGEST - 1) for mark in "，、：,: ")
    cut = LONGEST - 1 if cut < SHORT else cut
    return [sentence[: cut + 1], *_short_enough(sentence[cut + 1 :])]
