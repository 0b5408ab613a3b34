"""The names of products in files, as the lexicon knows them."""

from knowledge_base.markets.goods import Goods, Named, shipped_goods
from nlu.words import Words

KINDS = ("crop", "livestock", "product", "fertiliser", "pesticide")
"""Of terms that have a price, the likelier ones first."""


def market_goods(words: Words) -> Goods:
    """The products that ship, and every other thing of the lexicon under its standard term.

    A narrower word (黑豆 of 大豆) is a variety: its price is another one.
    """

    def standard(name: str) -> Named | None:
        readings = [reading for reading in words.readings.get(name, ()) if reading.term.kind in KINDS]
        if not readings:
            return None
        reading = min(readings, key=lambda reading: KINDS.index(reading.term.kind))
        narrower = reading.spelling in reading.term.narrower
        return Named(reading.term.standard, name if narrower else "")

    return Goods(shipped_goods(), standard)
