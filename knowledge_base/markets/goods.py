"""The products that have prices: what sources call them, and what they are sold by."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("products.yaml")
LONGEST = 24
"""Characters of a product's and of a variety's name."""

Counted = Literal["斤", "头", "只", "枚"]


class Good(BaseModel):
    """A product; see products.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...] = ()
    varieties: Mapping[str, tuple[str, ...]] = {}
    by: Counted = "斤"
    retail: Literal["", "吨", "公斤", "袋"] = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """What a source's name stands for; `variety` is empty where the name says none."""

    product: str
    variety: str


Standard = Callable[[str], Named | None]
"""What a name stands for in the lexicon; None where it is not known there."""


class Goods:
    """All of them. `standard` is asked for names that are not in the data."""

    def __init__(self, goods: Mapping[str, Good], standard: Standard = lambda _: None) -> None:
        self._goods = goods
        self._standard = standard
        self._names = _names(goods)

    def named(self, name: str, variety: str = "") -> Named | None:
        """A product by the name that a source gives it, with the variety that it names beside it."""
        found = self._names.get(folded(name))
        if found is None:
            found = self._standard(name.strip())
            if found is None or max(len(found.product), len(found.variety)) > LONGEST:
                return None
        if not variety.strip():
            return found
        return Named(found.product, self._variety(found.product, variety) or found.variety)

    def by(self, product: str) -> str:
        """What a price of it is kept for: 斤, or 头, 只, 枚."""
        return self._goods.get(product, _PLAIN).by

    def retail(self, product: str) -> str:
        """What people buy and sell it by: 斤, 吨, 公斤, 袋, 头, 只, 枚."""
        good = self._goods.get(product, _PLAIN)
        return good.retail or good.by

    def shown(self, product: str) -> str:
        """What it is called in front of people."""
        return self._goods.get(product, _PLAIN).shown or product

    def _variety(self, product: str, written: str) -> str:
        """Our name of a variety, or the source's own; nothing where it only says the product again."""
        of_ours = self._names.get(folded(written))
        if of_ours is not None and of_ours.product == product:
            return of_ours.variety
        whole = folded(written)
        for variety, names in self._goods.get(product, _PLAIN).varieties.items():
            if whole in {folded(variety), *map(folded, names)}:
                return variety
        return unicodedata.normalize("NFKC", written).strip()[:LONGEST]


_PLAIN = Good()


def folded(name: str) -> str:
    """A name without case, width and blanks, as names are compared."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


@cache
def shipped_goods() -> Mapping[str, Good]:
    """The products of products.yaml by their terms."""
    rows = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return {term: Good.model_validate(row) for term, row in rows.items()}


def _names(goods: Mapping[str, Good]) -> dict[str, Named]:
    """Every way to write a product or a variety of it; a term stands for itself, whoever else claims it."""
    found: dict[str, Named] = {}
    for term, good in goods.items():
        for variety, names in good.varieties.items():
            # A variety such as 一等 says nothing without its product.
            whole = (variety, f"{term}{variety}", f"{term}({variety})", *names) if len(variety) > 2 else names
            found.update((folded(name), Named(term, variety)) for name in (*whole, f"{variety}{term}"))
        found.update((folded(name), Named(term, "")) for name in good.names)
    return found | {folded(term): Named(term, "") for term in goods}
