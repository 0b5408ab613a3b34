"""Mends what was misheard in an order: 手三母半卖子 is 收三亩半麦子. Only where an order is spoken of, and always read back."""

import re
from collections.abc import Collection, Iterable, Iterator

from dialogs.booking.sayings import sayings
from dialogs.booking.services import catalogue
from nlu.text.gazetteer import Gazetteer
from nlu.text.pinyin import fold
from nlu.words import Words

_NUMERALS = "0-9零一二两三四五六七八九十百千半几"
_HAN = re.compile("[\u3400-\u9fff]+")
_LONGEST = 4
_SINGLE = (
    ("afternoon_heard", "afternoon"),
    ("morning_heard", "morning"),
    ("ten_heard", "ten"),
    ("plough_heard", "plough"),
    ("shang_heard", "shang"),
    ("wheat_heard", "wheat"),
    ("spray_heard", "spray"),
    ("hectare_heard", "hectare"),
    ("fen_heard", "fen"),
    ("acre_heard", "acre"),
    ("harrow_heard", "harrow"),
    ("cane_heard", "cane"),
)
"""What is heard for one word beside another, and the word."""
_COUNTY, _LIKE_COUNTY = re.compile("[县市区旗]$"), re.compile("[县市区旗线现限]$")


class Sounds:
    """Words of orders by their sound. Built once, then holds no state; safe to share."""

    def __init__(self, words: Words, gazetteer: Gazetteer) -> None:
        said = sayings()
        crops = {crop for job in catalogue().jobs.values() for crop in (*job.crops, *job.offered)}
        names = tuple(
            text
            for text, readings in words.readings.items()
            if len(readings) == 1 and readings[0].term.kind == "crop" and readings[0].term.standard in crops
        )
        self._words = _by_sound(said.alike)
        self._crops = _by_sound(names)
        self._gazetteer = gazetteer
        self._counties: dict[tuple[str, ...], str] | None = None
        ones = "".join(said.digits.values())
        self._acres = re.compile(
            f"(?P<number>[{_NUMERALS}]*[{ones}]?[{_NUMERALS}]*)(?P<about>[来多]?)(?P<acre>[亩{said.acre}])(?![{said.not_acre}](?!地|田|$))"
        )
        self._other_units = re.compile(f"[{ones}](?=[{said.other_units}]地?)")
        self._half = re.compile(f"(?<=亩)[{said.half}](?!的)")
        self._reap = re.compile(
            f"[{said.reap}](?=的?[{_NUMERALS}]+亩)|(?<=[俺我咱额来想要机])[{said.reap}](?=[一-龥]{{1,4}}(?:$|，|[{_NUMERALS}]+[亩垧晌]))"
        )
        named = "|".join(sorted({text for text in names if len(text) > 1}, key=len, reverse=True))
        self._before_crop = re.compile(f"(?P<sow>[{said.sow}])(?=(?:{named}))|(?P<reap>[{said.reap}])(?=(?:{named}))")
        self._digits = {char: digit for digit, alike in said.digits.items() for char in alike}

    def mend(self, text: str, taken: Collection[int], *, place: bool, crop: bool = True) -> str:
        """The sentence as it was probably said. `taken`: characters that mean something as they stand.

        `place`: one may be named; `crop`: none is named as it stands, so that one may be misheard.
        """
        said = sayings()
        # 一母二 is an area before it is 木耳.
        areas = {at for match in self._acres.finditer(text) if match["number"] for at in range(*match.span())}
        text = self._acres.sub(self._acre, text)
        runs = list(_free_runs(text, areas.union(taken)))
        for start, end in reversed(runs):
            text = text[:start] + self._spelled(text[start:end], place=place, crop=crop) + text[end:]
        text = said.patterns["after_tomorrow"].sub(said.text("great"), text)
        text = said.patterns["machine_heard"].sub(said.text("machine_char"), text)
        if not crop:
            text = self._before_crop.sub(lambda match: said.text(match.lastgroup or "reap"), text)
        for heard, meant in _SINGLE:
            text = said.patterns[heard].sub(said.text(meant), text)
        text = said.patterns["weekday_heard"].sub(lambda match: self._digits[match[0]], text)
        text = said.patterns["rice_heard"].sub(said.text("rice"), text)
        text = self._acres.sub(self._acre, text)
        text = self._other_units.sub(lambda match: self._digits[match[0]], text)
        text = self._half.sub(said.text("half"), text)
        return self._reap.sub(said.text("reap"), text)

    def _acre(self, match: re.Match[str]) -> str:
        said, copula = match["number"], sayings().text("copula")
        kept = copula if len(said) > 1 and said.startswith(copula) else ""  # 是十三亩, and not 四十三
        number = "".join(self._digits.get(char, char) for char in said.removeprefix(kept))
        return kept + number + match["about"] + "亩" if number else match[0]

    def _spelled(self, run: str, *, place: bool, crop: bool) -> str:
        out, at = [], 0
        while at < len(run):
            for length in range(min(_LONGEST, len(run) - at), 1, -1):
                window = run[at : at + length]
                word = self._alike(window, place=place, crop=crop)
                if word:
                    out.append(word)
                    at += length
                    break
            else:
                out.append(run[at])
                at += 1
        return "".join(out)

    def _alike(self, window: str, *, place: bool, crop: bool) -> str | None:
        if window in sayings().not_alike:
            return None
        sound = fold(window)
        word = self._words.get(sound) or (self._crops.get(sound) if crop else None)
        if word is None and place and len(window) > 2 and _LIKE_COUNTY.search(window):
            word = self._county(sound)
        return word if word != window else None

    def _county(self, sound: tuple[str, ...]) -> str | None:
        """The one county of that sound. The index is made when it is first asked for."""
        if self._counties is None:
            self._counties = _by_sound(name for name in self._gazetteer.names if len(name) > 2 and _COUNTY.search(name))
        return self._counties.get(sound)


def _by_sound(words: Iterable[str]) -> dict[tuple[str, ...], str]:
    """The first word of each sound."""
    found: dict[tuple[str, ...], str] = {}
    for word in words:
        if 2 <= len(word) <= _LONGEST + 2 and _HAN.fullmatch(word):
            found.setdefault(fold(word), word)
    return found


def _free_runs(text: str, taken: Collection[int]) -> Iterator[tuple[int, int]]:
    """The stretches of Han characters that nothing is known of."""
    start = None
    for at in range(len(text) + 1):
        free = at < len(text) and at not in taken and _HAN.fullmatch(text[at]) is not None
        if free and start is None:
            start = at
        elif not free and start is not None:
            yield start, at
            start = None
