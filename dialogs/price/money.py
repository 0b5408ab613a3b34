"""Sums of money as figures, and as people say them: 1块1毛2, 9毛8, 2150块."""

from decimal import ROUND_HALF_UP, Decimal

from dialogs.price.words import price_words

JIN = {"斤": Decimal(1), "公斤": Decimal(2), "吨": Decimal(2000), "袋": Decimal(100)}
"""Half kilograms in what people buy and sell by; a bag has 50 公斤."""
_LARGE = Decimal(100)
"""From here on nobody says the small change."""


def figure(yuan: Decimal) -> str:
    """1.05, 0.98, 12.5, 2150: to the hundredth, from a hundred 元 up to the whole."""
    return f"{_rounded(yuan).normalize():f}"


def spoken(yuan: Decimal) -> str:
    """1块1毛2, 1块零5分, 两块, 9毛8; figures are read in words where they are spoken."""
    say = price_words().money
    whole, rest = divmod(int(_rounded(yuan) * 100), 100)
    jiao, fen = divmod(rest, 10)
    out = _count(whole) + say.yuan if whole else ""
    if jiao:
        out += _count(jiao) + say.jiao + (str(fen) if fen else "")
    elif fen:
        out += (say.zero if whole else "") + _count(fen) + say.fen
    return out or say.zero + say.yuan


def _count(number: int) -> str:
    return price_words().money.two if number == 2 else str(number)


def _rounded(yuan: Decimal) -> Decimal:
    return yuan.quantize(Decimal(1) if yuan >= _LARGE else Decimal("0.01"), ROUND_HALF_UP)
