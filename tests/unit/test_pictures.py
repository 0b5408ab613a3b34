"""Pictures below replies: drawn once, kept, and left out where anything is wrong."""

from datetime import date
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.markets.chart import draw, font_file
from bot.pictures import KEPT, Pictures

PNG = b"\x89PNG"


class Drawer:
    """Draws what it is told to, and counts."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def __call__(self, parts: list[str]) -> bytes | None:
        self.asked.append(parts)
        if parts == ["broken"]:
            raise ValueError(parts)
        return None if parts == ["unknown"] else PNG


async def test_a_picture_is_drawn_once(tmp_path: Path) -> None:
    drawer = Drawer()
    pictures = Pictures(tmp_path, {"price": drawer})
    for _ in range(2):
        assert await pictures.get("price/1/%E7%8E%89%E7%B1%B3/-/2026-11-20.png") == PNG
    assert drawer.asked == [["1", "玉米", "-", "2026-11-20"]]


async def test_what_stands_for_nothing_or_fails_is_no_picture(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path / "none", {"price": Drawer()})
    for address in ("price/unknown.png", "price/broken.png", "other/1.png", "", "../secret", "price/" + "x" * 300):
        assert await pictures.get(address) is None
    assert not (tmp_path / "none").exists()


async def test_over_http(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(Pictures(tmp_path, {"price": Drawer()}).router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        shown = await client.get("/pictures/price/1/玉米.png")
        assert (shown.status_code, shown.headers["content-type"], shown.content) == (200, "image/png", PNG)
        for address in ("price/unknown.png", "price/broken.png", "price/../../etc/passwd", "x" * 500):
            assert (await client.get(f"/pictures/{address}")).status_code in {404, 422}


async def test_the_oldest_are_dropped(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        (tmp_path / f"{number}.png").touch()
    await Pictures(tmp_path, {"price": Drawer()}).get("price/1.png")
    assert len(list(tmp_path.glob("*.png"))) == KEPT


def test_the_chart_has_the_font_that_it_needs() -> None:
    assert font_file().stat().st_size > 1_000_000
    drawn = draw("玉米　柘城粮食市场", "元/斤", [(date(2026, 11, 1), 1.1), (date(2026, 11, 20), 1.12)])
    assert drawn.startswith(PNG)
    assert len(drawn) > 5_000
