"""Files of prices as they come: encodings, delimiters, headers, cells; and whatever else a file may hold."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from knowledge_base.markets.cells import read_day, read_figures
from knowledge_base.markets.goods import Goods, Named, shipped_goods
from knowledge_base.markets.headings import FIELDS, Options, find_headings
from knowledge_base.markets.offer import Offer, OfferReader
from knowledge_base.markets.problem import PricesRefused, Problem, RowWrong
from knowledge_base.markets.rows import rows_of_file
from nlu.words import Words
from tests.fakes.console import wide

TODAY = date(2026, 11, 22)
PLAIN = Options("某局")
GOODS = Goods(shipped_goods())
HEADER = "品名,市场,地区,日期,最低价,价格,最高价,单位"
ROW = "玉米,大集,411424,2026-11-21,2.3,2.36,2.4,元/公斤"


def read(path: Path, options: Options = PLAIN) -> list[Offer | Problem]:
    """All rows of a file, read or said to be wrong."""
    found: list[Offer | Problem] = []
    with rows_of_file(path, path.name, options) as rows, rows.read() as table:
        reader = OfferReader(rows.headings, options, GOODS, {"柘城县": "411424"}.get, TODAY)
        for line in table.lines:
            try:
                found.append(reader.read(line.number, line.cells, line.broken))
            except RowWrong as wrong:
                found.append(Problem(line.number, wrong.code, wrong.text))
    return found


def one(path: Path, text: str, encoding: str = "utf-8", options: Options = PLAIN) -> Offer | Problem:
    path.write_bytes(text.encode(encoding))
    (found,) = read(path, options)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    offer = one(tmp_path / "a.csv", f"{HEADER}\r\n{ROW}\r\n".replace(",", delimiter), encoding)
    assert isinstance(offer, Offer)
    assert (offer.product, offer.market, offer.place, offer.day) == ("玉米", "大集", "411424", date(2026, 11, 21))
    assert (offer.low, offer.mid, offer.high) == (Decimal("1.15"), Decimal("1.18"), Decimal("1.2"))
    assert (offer.unit, offer.figures) == ("元/公斤", "2.3/2.36/2.4")


def test_a_sheet_of_excel_with_a_title_above_and_days_that_are_days(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("价格")
    for row in (
        ["商丘市农产品价格日报"],
        [],
        ["品种名称", "规格", "批发市场", "所在地区", "采价日期", "平均价（元/吨）"],
        ["生猪(外三元)", "", "县屠宰场", "柘城县", datetime(2026, 11, 20), 13200],  # noqa: DTZ001 - as in a sheet
        ["鲜鸡蛋", "", "大集", 411424, 46346, 8000.5],
    ):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    pig, egg = read(tmp_path / "a.xlsx")
    assert isinstance(pig, Offer)
    assert isinstance(egg, Offer)
    assert (pig.row, pig.product, pig.variety, pig.mid, pig.place) == (4, "猪", "外三元", Decimal("6.6"), "411424")
    assert (egg.product, egg.day, egg.mid) == ("鸡蛋", date(2026, 11, 20), Decimal("4.00025"))


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        (",大集,411424,2026-11-21,,2,,元/斤", "no_product", "品名"),
        ("月球石,大集,411424,2026-11-21,,2,,元/斤", "product_unknown", "月球石"),
        ("玉米,大集,411424,,,2,,元/斤", "no_day", "日期"),
        ("玉米,大集,411424,11月21日,,2,,元/斤", "day_unreadable", "2026-11-22"),
        ("玉米,大集,411424,2026-02-30,,2,,元/斤", "day_unreadable", "2026-02-30"),
        ("玉米,大集,411424,2026-11-24,,2,,元/斤", "day_ahead", "还没到"),
        ("玉米,大集,411424,1969-11-24,,2,,元/斤", "day_ancient", "太早"),
        ("玉米,大集,411424,2026-11-21,,,,元/斤", "no_price", "价格"),
        ("玉米,大集,411424,2026-11-21,,--,,元/斤", "no_price", "价格"),
        ("玉米,大集,411424,2026-11-21,,面议,,元/斤", "price_unreadable", "面议"),
        ("玉米,大集,411424,2026-11-21,,-2,,元/斤", "price_unreadable", "-2"),
        ("玉米,大集,411424,2026-11-21,,0,,元/斤", "price_senseless", "0"),
        ("玉米,大集,411424,2026-11-21,,99999999,,元/斤", "price_senseless", "99999999"),
        ("玉米,大集,411424,2026-11-21,3,2,1,元/斤", "price_order", "大小"),
        ("玉米,大集,411424,2026-11-21,,2,,", "no_unit", "单位"),
        ("玉米,大集,411424,2026-11-21,,2,,元/筐", "unit_unknown", "元/筐"),
        ("玉米,大集,411424,2026-11-21,,2,,元/头", "unit_other", "按斤"),
        ("犊牛,大集,411424,2026-11-21,,2,,元/公斤", "unit_other", "按头"),
        ("玉米,,,2026-11-21,,2,,元/斤", "no_market", "市场"),
        ("玉米,大集,火星,2026-11-21,,2,,元/斤", "place_unknown", "火星"),
    ],
)
def test_a_wrong_row_is_told_in_one_sentence(tmp_path: Path, row: str, code: str, says: str) -> None:
    problem = one(tmp_path / "a.csv", f"{HEADER}\n{row}\n")
    assert isinstance(problem, Problem)
    assert (problem.row, problem.code) == (2, code)
    assert says in problem.text
    assert str(problem).startswith("第 2 行: ")


@pytest.mark.parametrize(
    ("header", "options", "code"),
    [
        ("a,b,c", {}, "no_header"),
        ("市场,日期,价格,单位", {}, "missing"),
        ("品名,市场,价格,单位", {}, "missing"),
        ("品名,市场,日期,单位", {}, "no_price"),
        ("品名,市场,日期,价格", {}, "no_unit"),
        ("品名,日期,价格,单位", {}, "no_market"),
        ("品名,市场,日期,价格", {"unit": "元/筐"}, "unit_unknown"),
        ("品名,市场,日期,价格", {"columns": {"mid": "成交价"}}, "no_such_header"),
        ("品名,市场,日期,价格", {"columns": {"colour": "价格"}}, "no_such_field"),
    ],
)
def test_a_file_without_what_it_needs_is_refused(
    tmp_path: Path, header: str, options: dict[str, object], code: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n1,2,3,4\n", "utf-8")
    with pytest.raises(PricesRefused) as refused:
        read(tmp_path / "a.csv", Options("某局", **options))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert refused.value.text.endswith(("。", "度"))


def test_columns_as_a_person_says_and_what_the_file_does_not_tell(tmp_path: Path) -> None:
    options = Options("某局", {"mid": "成交", "product": "货"}, unit="元/百斤", market="大集", place="柘城县")
    offer = one(
        tmp_path / "a.csv", "货,成交,日期,价格\n苞米?,118,20261121,9\n".replace("苞米?", "玉米"), "utf-8", options
    )
    assert isinstance(offer, Offer)
    assert (offer.mid, offer.market, offer.place) == (Decimal("1.18"), "大集", "411424")


@pytest.mark.parametrize(
    ("written", "figures"),
    [
        ("1.05", ["1.05"]),
        ("￥1.05", ["1.05"]),
        ("1.05元", ["1.05"]),
        ("1,050.5", ["1050.5"]),
        (wide("1.05"), ["1.05"]),
        ("1.02-1.06", ["1.02", "1.06"]),
        ("1.02\uff5e1.06", ["1.02", "1.06"]),
        ("1.02元至1.06元", ["1.02", "1.06"]),
        ("——", []),
        ("暂无", []),
    ],
)
def test_figures(written: str, figures: Sequence[str]) -> None:
    assert read_figures(written) == tuple(map(Decimal, figures))


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21",
        "2026/11/21",
        "2026.11.21",
        "20261121",
        "2026年11月21日",
        "2026-11-21 08:00:00",
        "2026-11-21T08:00:00",
        "46347",
        "1795219200000",
        "1795219200",
    ],
)
def test_days(written: str) -> None:
    assert read_day(written, TODAY) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("name", "variety", "found"),
    [
        ("生猪", "", Named("猪", "")),
        ("红富士苹果", "", Named("苹果", "富士")),
        ("苹果", "红富士", Named("苹果", "富士")),
        ("苹果", "苹果", Named("苹果", "")),
        ("苹果", "80#以上", Named("苹果", "80#以上")),
        ("西红柿", "", Named("番茄", "")),
        ("黑豆", "", None),
    ],
)
def test_names(name: str, variety: str, found: Named | None) -> None:
    assert GOODS.named(name, variety) == found


def test_the_products_are_terms_of_the_lexicon(words: Words) -> None:
    assert [term for term in shipped_goods() if words.term(term) is None] == []


@given(st.binary(max_size=300))
def test_any_bytes_give_offers_problems_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    with suppress(PricesRefused):
        read(path)


@given(
    st.lists(
        st.one_of(st.binary(max_size=20), st.sampled_from([b"\n", b",", b'"', b"1.2", "元/斤".encode(), b"46347"])),
        max_size=30,
    )
)
def test_any_bytes_below_good_headers_are_rows(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "below.csv"
    path.write_bytes(HEADER.encode() + b"\n" + b"".join(parts))
    try:
        found = read(path)
    except PricesRefused:  # what stands below may make it another delimiter or encoding
        return
    assert all(isinstance(one, Offer) or one.text for one in found)


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_headers_are_found_or_refused(cells: list[str]) -> None:
    try:
        headings = find_headings(cells, Options("某局"))
    except PricesRefused:
        return
    assert set(headings.fields) <= set(FIELDS)
