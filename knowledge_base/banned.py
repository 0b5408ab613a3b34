"""Pesticides that may not be used, or not on some crops: the list, and how its products are recognised in a text."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import opencc
import yaml
from pydantic import BaseModel, ConfigDict, Field
from pypinyin import lazy_pinyin

DATA = Path(__file__).parent / "banned.yaml"
SOUNDED_FROM = 3
"""Shorter names sound like too much that is harmless: 林丹, 乐果."""
_HAN = "\u3400-\u9fff"
_SPLIT_NAME = re.compile(rf"(?<=[{_HAN}])[\s·•.*_~-]+(?=[{_HAN}])")
_HAN_RUN = re.compile(f"[{_HAN}]+")
_SIMPLIFIED = opencc.OpenCC("t2s")


class Product(BaseModel):
    """A banned or restricted product; `crops` empty means banned everywhere from `since` on."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str
    aliases: tuple[str, ...] = ()
    announcement: str
    since: date = Field(alias="from")
    crops: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Mention:
    """A product named in a text, at `start` to `end` of its plain form."""

    product: Product
    start: int
    end: int


class Words(BaseModel):
    """What makes a sentence a warning or advice; words of `not_banned` deny a ban, which is as good as advice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    banned: tuple[str, ...]
    goes_on: tuple[str, ...]
    not_banned: tuple[str, ...]
    advice: tuple[str, ...]


class BannedList(BaseModel):
    """The data file: products, crop groups with the name they have in an answer, and the words of warning and advice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: Words
    sounds_like: tuple[str, ...]
    group_names: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    products: tuple[Product, ...]

    def applies(self, product: Product, crop: str | None, today: date) -> bool:
        """Whether `crop` may not get the product on `today`; None: any crop, the strictest reading."""
        if today < product.since:
            return False
        if not product.crops or crop is None:
            return True
        return any(crop == name or crop in self.groups.get(name, ()) for name in product.crops)


class ProductFinder:
    """Finds listed products by every name, also split up, in traditional characters, or written as it sounds."""

    def __init__(self, banned: BannedList) -> None:
        self._by_name = {name.upper(): product for product in banned.products for name in product.names}
        # Longest first, so that 甲基对硫磷 is not read as 对硫磷, nor 丁硫克百威 as 克百威.
        names = sorted(self._by_name, key=len, reverse=True)
        self._pattern = re.compile("|".join(_standing_alone(name) for name in names), re.IGNORECASE)
        self._by_sound = {
            tuple(map(_syllable, name)): self._by_name[name]
            for name in names
            if len(name) >= SOUNDED_FROM and _HAN_RUN.fullmatch(name)
        }
        self._innocent = re.compile("|".join(map(re.escape, banned.sounds_like)))
        self._openings = frozenset(sound[0] for sound in self._by_sound)
        self._lengths = sorted({len(sound) for sound in self._by_sound}, reverse=True)

    def find(self, plain: str) -> list[Mention]:
        """Every mention in a text made plain by `plain_text`, in order."""
        innocent = [match.span() for match in self._innocent.finditer(plain)]
        written = [
            Mention(self._by_name[match.group().upper()], match.start(), match.end())
            for match in self._pattern.finditer(plain)
        ]
        taken = [*((mention.start, mention.end) for mention in written), *innocent]
        sounded = [
            mention
            for mention in self._sounded(plain)
            if not any(mention.start < end and start < mention.end for start, end in taken)
        ]
        return sorted([*written, *sounded], key=lambda mention: mention.start)

    def _sounded(self, plain: str) -> Iterator[Mention]:
        for run in _HAN_RUN.finditer(plain):
            sound = [_syllable(char) for char in run.group()]
            at = 0
            while at < len(sound):
                product, length = self._sounds_like(sound, at)
                if product:
                    yield Mention(product, run.start() + at, run.start() + at + length)
                at += length

    def _sounds_like(self, sound: list[str], at: int) -> tuple[Product | None, int]:
        if sound[at] not in self._openings:
            return None, 1
        for length in self._lengths:
            product = self._by_sound.get(tuple(sound[at : at + length]))
            if product:
                return product, length
        return None, 1


@lru_cache(maxsize=32_768)
def _syllable(char: str) -> str:
    """The sound of one character by itself: quick, and the same for a name and for a text."""
    return str(lazy_pinyin(char)[0])


def plain_text(text: str) -> str:
    """The text in half-width, simplified characters, with no marks between the characters of a word."""
    return _SPLIT_NAME.sub("", str(_SIMPLIFIED.convert(unicodedata.normalize("NFKC", text))))


def _standing_alone(name: str) -> str:
    return rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])" if name.isascii() else re.escape(name)


@cache
def banned_list() -> BannedList:
    """The shipped list."""
    return BannedList.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
