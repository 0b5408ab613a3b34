"""Dialect speech to standard Chinese."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.text.normalise import Normaliser
from nlu.wordfile import REGIONS
from nlu.words import Words

GOLDEN = yaml.safe_load((Path(__file__).parents[1] / "golden" / "normalise.yaml").read_text(encoding="utf-8"))
WORDS = Words.load()
NORMALISER = Normaliser(WORDS)
SURFACES = sorted({*WORDS.readings, *WORDS.keep})
REGION = st.sampled_from([None, *REGIONS])
# Sentences of words that mean something to the normaliser, glued without spaces: the hard case for idempotence.
SPEECH = st.lists(st.sampled_from([*SURFACES, *"，。？！ 的了吗不3\uff15亩半"]), min_size=1, max_size=8).map("".join)


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: line["said"])
def test_golden(line: dict[str, str]) -> None:
    assert NORMALISER.normalise(line["said"], line.get("region")) == line["standard"]


def test_golden_covers_every_region() -> None:
    assert {line.get("region") for line in GOLDEN} >= set(REGIONS) - {"standard"}
    assert len(GOLDEN) >= 80


@given(SPEECH, REGION)
@settings(max_examples=400)
def test_settles(text: str, region: str | None) -> None:
    once = NORMALISER.normalise(text, region)
    assert NORMALISER.normalise(once, region) == once


@given(st.text(max_size=60), REGION)
@settings(max_examples=200)
def test_any_text_settles_and_its_characters_are_accounted_for(text: str, region: str | None) -> None:
    made = NORMALISER.align(text, region)
    assert NORMALISER.normalise(made.text, region) == made.text
    assert len(made.spans) == len(made.text)
    assert all(0 <= start < end <= len(text) for start, end in made.spans)


@given(SPEECH, REGION)
@settings(max_examples=200)
def test_digits_stay(text: str, region: str | None) -> None:
    digits = [c for c in text.replace("\uff15", "5") if c in "0123456789"]
    assert [c for c in NORMALISER.normalise(text, region) if c in "0123456789"] == digits


@pytest.mark.parametrize(
    "text",
    [
        "三亩半地打两遍药",
        "二十八星瓢虫打三瓶药",
        "一亩四季豆要五斤种子",
        "一五一十",
        "3,000斤",
        "1.5块",
        "10:30",
        "3~5天",
        "二 十",
    ],
)
def test_numbers_stay(text: str) -> None:
    assert NORMALISER.normalise(text) == text


@pytest.mark.parametrize("text", ["不打药", "别打药", "没打药", "不是病", "别人家的", "未必", "莫名其妙", "没什么"])
@pytest.mark.parametrize("region", [None, *REGIONS])
def test_negations_stay(text: str, region: str | None) -> None:
    made = NORMALISER.normalise(text, region)
    assert any(c in "不别没未莫" for c in made)


def test_empty() -> None:
    assert NORMALISER.normalise("") == ""
    assert NORMALISER.normalise("🌽🌽 \u200b\ufe0f") == ""


def test_the_way_back() -> None:
    made = NORMALISER.align("俺家苞米，咋整")
    start = made.text.index("玉米")
    assert made.original(start, start + 2) == "苞米"
    assert made.original(0, 2) == "俺家"
    assert made.forward(2, 4) == (start, start + 2)
    assert made.original(5, 99) == ""
    assert NORMALISER.align("🌽玉米").forward(0, 1) == (-1, -1)


def test_ten_thousand_characters() -> None:
    text = "棒子谷子咋整唔該，" * 1112
    started = time.process_time()
    NORMALISER.normalise(text)
    assert time.process_time() - started < 5


def test_a_sentence_takes_well_below_a_millisecond() -> None:
    sentence = "俺家苞米叶子上净是窟窿眼子，昨儿后晌打了药还是有虫，该咋整啊"
    NORMALISER.normalise(sentence)
    started = time.process_time()
    for _ in range(200):
        NORMALISER.normalise(sentence)
    assert (time.process_time() - started) / 200 < 0.002
