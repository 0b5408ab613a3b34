"""`xiangyin prices import`: what it takes, what it tells, how it ends."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import price_commands
from bot.markets.market import market
from bot.settings import Settings
from dialogs.places import Places
from knowledge_base.markets.quote import Quote
from knowledge_base.store import open_store
from nlu.text.gazetteer import Gazetteer
from nlu.words import Words

ROWS = "货名,集市,哪里,日期,成交价\n苞米,大集,柘城县,2026-07-21,2.36\n黑豆,大集,柘城县,2026-07-21,8\n月球石,大集,柘城县,2026-07-21,2\n"
SAID = [
    "--map",
    "product=货名",
    "--map",
    "market=集市",
    "--map",
    "place=哪里",
    "--map",
    "mid=成交价",
    "--unit",
    "元/公斤",
]


def run(home: Path, *words: str) -> int:
    main = argparse.ArgumentParser()
    commands = main.add_subparsers(dest="command")
    price_commands.add_parsers(lambda name, about: commands.add_parser(name, help=about))
    return price_commands.run(main.parse_args(["prices", "import", *words]), Settings(home=home))


def told(home: Path, words: Words, *products: str) -> Sequence[Quote]:
    """The newest price of each."""

    async def look() -> Sequence[Quote]:
        async with open_store(Settings(home=home).database) as store:
            places = Places(words, Gazetteer.load())
            quotes = market(store, words, places, lambda: datetime(2026, 7, 22, tzinfo=UTC)).quotes
            return [quote for product in products for quote in await quotes.latest(product, near="411424")]

    return asyncio.run(look())


def test_a_file_is_checked_then_taken(tmp_path: Path, words: Words, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "价格.csv"
    path.write_text(ROWS, "utf-8")
    assert run(tmp_path, str(path), "--dry-run", *SAID) == 1
    said = capsys.readouterr().out
    assert "第 4 行: 品名“月球石”不认识。" in said
    assert "共 3 行：新 2（" in said
    assert told(tmp_path, words, "玉米") == []
    assert run(tmp_path, str(path), *SAID) == 1
    maize, beans = told(tmp_path, words, "玉米", "大豆")
    assert (maize.product, maize.place, f"{maize.mid:f}", maize.source) == ("玉米", "411424", "1.18", "价格")
    assert (beans.product, beans.variety) == ("大豆", "黑豆")


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--map", "成交价"], "FIELD=HEADER"), ([], "没有认出列名"), (["--map", "mid=没有"], "没有叫“没有”的列")],
)
def test_why_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    path = tmp_path / "价格.csv"
    path.write_text("甲,乙\n1,2\n", "utf-8")
    assert run(tmp_path, str(path), *words) == 2
    assert says in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, str(tmp_path / "nothing.csv")) == 2
    assert "文件打不开" in capsys.readouterr().err
