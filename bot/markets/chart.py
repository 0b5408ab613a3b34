"""A small picture of how a price has gone, for a phone's screen."""

import io
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from matplotlib.font_manager import FontProperties

FONT = "fonts/NotoSansSC-Regular.ttf"
"""Noto Sans SC (OFL), as the package zhplot brings it; the package itself is not loaded, it would change matplotlib's defaults."""
INCHES, DOTS = (4.0, 2.9), 180
GREEN, GREY = "#1b6e3c", "#555555"

_drawing = Lock()


class NoFont(Exception):
    """The font for Chinese is not installed: run `make setup` again."""


def font_file() -> Path:
    """Where the font lies. Raises `NoFont`."""
    spec = find_spec("zhplot")
    path = Path(spec.origin).parent / FONT if spec and spec.origin else Path(FONT)
    if not path.is_file():
        raise NoFont
    return path


@cache
def _fonts() -> "tuple[FontProperties, FontProperties]":
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - matplotlib takes seconds to load

    path = str(font_file())
    return FontProperties(fname=path, size=15), FontProperties(fname=path, size=12)


def draw(title: str, unit: str, points: "Sequence[tuple[date, float]]") -> bytes:
    """A PNG of at least two points, the oldest first. Takes a second, the first time some more; draws one at a time."""
    with _drawing:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - takes seconds to load
        from matplotlib.dates import AutoDateLocator, DateFormatter  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415

        large, small = _fonts()
        figure = Figure(figsize=INCHES, dpi=DOTS, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        days, prices = zip(*points, strict=True)
        line: Any = axes.plot(days, prices, color=GREEN, linewidth=2.5, marker="o", markersize=3)
        del line
        axes.annotate(
            f"{prices[-1]:g}",
            (days[-1], prices[-1]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="right",
            color=GREEN,
            fontproperties=large,
        )
        axes.set_title(title, fontproperties=large, color="black", loc="left")
        axes.set_ylabel(unit, fontproperties=small, color=GREY)
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(DateFormatter("%m-%d"))  # type: ignore[no-untyped-call]
        axes.margins(y=0.18)
        axes.grid(axis="y", color="#dddddd")
        axes.spines[["top", "right"]].set_visible(False)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set_fontproperties(small)
        out = io.BytesIO()
        figure.savefig(out, format="png")
        return out.getvalue()
