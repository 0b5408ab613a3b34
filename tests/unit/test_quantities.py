"""Numbers and quantities: what people say, and every way to say the same."""

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import cn2an
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.text.measures import Measures, MeasuresBroken
from nlu.text.normalise import Normaliser
from nlu.text.numbers import numbers_at, read_number
from nlu.text.quantities import Quantity, QuantityFinder
from nlu.wordfile import ENTITY_KINDS, HAN_NUMERALS, REGIONS, Region
from nlu.words import Words

GOLDEN = yaml.safe_load((Path(__file__).parents[1] / "golden" / "quantities.yaml").read_text(encoding="utf-8"))
WORDS = Words.load()
FINDER = QuantityFinder.load(WORDS)
NORMALISER = Normaliser(WORDS)
REGION: st.SearchStrategy[Region | None] = st.sampled_from([None, *REGIONS])
TENTHS = st.integers(1, 9999)
SPEECH = st.lists(
    st.sampled_from(
        [*HAN_NUMERALS, *"0123456789.:-~到多来把几上成分亩斤块毛元垧桶水兑每一半天月年度%个地，了", "公斤", "毫升"]
    ),
    max_size=14,
).map("".join)


def shown(quantity: Quantity) -> str:
    meanings = (quantity, *quantity.alternatives)
    return f"{quantity.text}: " + " | ".join(
        f"{one.kind} {'~' * one.approximate}{one.low if one.low == one.high else f'{one.low}..{one.high}'} {one.unit}"
        for one in meanings
    )


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: f"{line['said']}-{line.get('region')}")
def test_golden(line: dict[str, Any]) -> None:
    assert [shown(one) for one in FINDER.find(line["said"], line.get("region"))] == line["expect"]


def test_golden_is_large_enough() -> None:
    assert len(GOLDEN) >= 150


def test_every_small_number_in_words_reads_back() -> None:
    for number in [*range(1, 1300), *range(1300, 20_001, 37)]:
        assert read_number(cn2an.an2cn(number, "low")) == number


def test_numbers_up_to_a_thousand_million_read_back() -> None:
    rng = random.Random(3)
    for number in [10**9, *(rng.randrange(1, 10 ** rng.randrange(1, 10) + 1) for _ in range(1500))]:
        for words in (cn2an.an2cn(number, "low"), cn2an.an2cn(number, "up")):
            assert read_number(words) == number, words
        liang = cn2an.an2cn(number, "low").replace("二百", "两百").replace("二千", "两千").replace("二万", "两万")
        assert read_number(liang) == number, liang


def test_a_number_says_no_more_than_its_own() -> None:
    assert read_number("三五") is None
    assert read_number("三亩") is None
    assert read_number("五分之一") == Fraction(1, 5)
    assert numbers_at("亩", 0) == ()


@given(TENTHS)
@settings(max_examples=100)
def test_an_area_is_the_same_however_it_is_said(tenths: int) -> None:
    area = Decimal(tenths) / 10
    whole, rest = divmod(tenths, 10)
    said = [f"{area}亩", f"{tenths}分地", f"{Decimal(tenths) / 150:f}公顷" if tenths % 3 == 0 else f"{area}亩地"]
    said.append(f"{cn2an.an2cn(float(area), 'low')}亩地")
    if whole:
        said.append(f"{cn2an.an2cn(whole, 'low')}亩{cn2an.an2cn(rest, 'low')}分" if rest else f"{whole}亩")
        said.append(f"{whole}亩半" if rest == 5 else f"{whole}亩{rest}分")
    for one in said:
        (found,) = FINDER.find(one)
        assert found.kind == "area"
        assert found.text == one
        assert abs(found.low - area) < Decimal("0.00001"), one
        assert found.low == found.high
        assert found.unit == "亩"


@given(st.one_of(SPEECH, st.text(max_size=40)), REGION)
@settings(max_examples=150)
def test_any_text_is_read_without_overlaps(text: str, region: Region | None) -> None:
    end = 0
    for one in FINDER.find(text, region):
        assert end <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        assert all(meaning.low <= meaning.high for meaning in (one, *one.alternatives))
        end = one.end


@given(SPEECH, REGION)
@settings(max_examples=80)
def test_a_normalised_text_says_the_same_when_it_is_normalised_again(text: str, region: Region | None) -> None:
    once = NORMALISER.normalise(text, region)
    assert FINDER.find(once, region) == FINDER.find(NORMALISER.normalise(once, region), region)


def test_numbers_inside_words_of_the_lexicon_count_nothing() -> None:
    for text, _ in WORDS.surfaces(*ENTITY_KINDS):
        if any(sign in HAN_NUMERALS or sign.isdecimal() for sign in text):
            hits = [(hit.start, hit.end) for hit in FINDER._scanner.scan(text)]
            for one in FINDER.find(text):
                assert not any(start < one.end and one.start < end for start, end in hits), text


def test_a_mix_names_what_is_dissolved_and_in_what() -> None:
    (mix,) = FINDER.find("一桶水兑三十毫升")
    assert [shown(part) for part in mix.parts] == ["三十毫升: volume 30 毫升", "一桶水: count 1 桶水"]


def test_a_county_adds_a_measure(tmp_path: Path) -> None:
    (tmp_path / "units.yaml").write_text(
        'units:\n  - {kind: area, unit: 亩, factor: "0.25", said: [工田]}\nkeep: [三工田村]\n', encoding="utf-8"
    )
    finder = QuantityFinder.load(WORDS, tmp_path / "units.yaml")
    assert [shown(one) for one in finder.find("四工田")] == ["四工田: area 1 亩"]
    assert finder.find("三工田村") == ()


def test_a_broken_file_of_measures_is_named(tmp_path: Path) -> None:
    (tmp_path / "units.yaml").write_text("units:\n  - {kind: area}\n", encoding="utf-8")
    with pytest.raises(MeasuresBroken, match=r"units\.yaml: units\.0\.unit"):
        Measures.load(tmp_path / "units.yaml")
