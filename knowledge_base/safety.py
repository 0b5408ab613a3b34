"""The pesticide gate: a banned product is never given as advice."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.entry import Entry

DATA = Path(__file__).parent / "banned.yaml"
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])")


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


class BannedList(BaseModel):
    """The data file: products, crop groups, and the words that mark a warning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say_banned: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """A sentence that gives a banned product as advice."""

    product: Product
    sentence: str

    def __str__(self) -> str:
        return f"{self.product.name} ({self.product.announcement}, {self.product.since}): {self.sentence}"


class PesticideGate:
    """Finds banned products in texts. A name may stand in a sentence that says that it is banned."""

    def __init__(self, banned: BannedList) -> None:
        self._banned = banned
        self._by_name = {name: product for product in banned.products for name in product.names}
        # Longest first, so that 甲基对硫磷 is not read as 对硫磷, nor 丁硫克百威 as 克百威.
        names = sorted(self._by_name, key=len, reverse=True)
        self._pattern = re.compile("|".join(_standing_alone(name) for name in names), re.IGNORECASE)
        self._warning = re.compile("|".join(map(re.escape, banned.say_banned)))

    def named(self, text: str) -> list[Product]:
        """Every listed product that a text names, in order, whether banned already or not."""
        return [
            self._by_name[match.group().upper() if match.group().isascii() else match.group()]
            for match in self._pattern.finditer(text)
        ]

    def violations(self, texts: Iterable[str], crop: str | None, today: date) -> list[Violation]:
        """The sentences that give a product as advice which `crop` may not get on `today`; None: any crop."""
        found = []
        for text in texts:
            for sentence in _SENTENCE_END.split(text):
                if not self._warning.search(sentence):
                    found += [Violation(p, sentence) for p in self.named(sentence) if self._applies(p, crop, today)]
        return found

    def check(self, entry: Entry, today: date) -> list[Violation]:
        """What keeps an entry from being published or said."""
        return [v for crop in entry.crops or {None} for v in self.violations(entry.texts(), crop, today)]

    def _applies(self, product: Product, crop: str | None, today: date) -> bool:
        if today < product.since:
            return False
        if not product.crops or crop is None:
            return True
        return any(crop == name or crop in self._banned.groups.get(name, ()) for name in product.crops)


def _standing_alone(name: str) -> str:
    return rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])" if name.isascii() else re.escape(name)


@cache
def pesticide_gate() -> PesticideGate:
    """The gate over the shipped list."""
    return PesticideGate(BannedList.model_validate(yaml.safe_load(DATA.read_text("utf-8"))))
