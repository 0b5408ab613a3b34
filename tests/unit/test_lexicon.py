"""The language files: what they must cover, and the checker that reads them."""

from pathlib import Path

import pytest
import yaml

from nlu.check import check, check_words
from nlu.text.normalise import Normaliser
from nlu.wordfile import WordFile, WordsBroken, read
from nlu.words import Words


def planted(*terms: object, kind: str = "crop", keep: tuple[str, ...] = ()) -> list[str]:
    data = {"kind": kind, "normalise": True, "keep": list(keep), "terms": list(terms)}
    return check_words([("planted.yaml", WordFile.model_validate(data))])


def test_our_own_files_are_in_order() -> None:
    assert check() == []


def test_there_are_enough_words(words: Words) -> None:
    aliases = {s.text for term in words.terms for s in (*term.aliases, *term.narrower)}
    assert len(aliases) >= 3000
    assert sum(bool(s.regions) for term in words.terms for s in (*term.aliases, *term.narrower)) >= 1000


@pytest.mark.parametrize(
    ("said", "standard"),
    [
        ("苞谷", "玉米"),
        ("洋芋", "马铃薯"),
        ("红苕", "甘薯"),
        ("海椒", "辣椒"),
        ("地蛋", "马铃薯"),
        ("山药蛋", "马铃薯"),
        ("腻虫", "蚜虫"),
    ],
)
def test_words_everybody_expects(words: Words, said: str, standard: str) -> None:
    assert [reading.term.standard for reading in words.readings[said]] == [standard]


def test_distinct_pesticides_are_distinct_terms(words: Words) -> None:
    """A banned product must never be mistaken for a permitted one."""
    for name in ("百草枯", "敌草快", "草甘膦", "草铵膦", "克百威", "氧乐果", "乐果", "甲胺磷", "毒死蜱", "三唑磷"):
        assert [reading.term.standard for reading in words.readings[name]] == [name]
    normaliser = Normaliser(words)
    for term in words.terms:
        if term.kind == "pesticide":
            for spelling in (*term.aliases, *term.narrower):
                assert normaliser.normalise(spelling.text) == spelling.text


@pytest.mark.parametrize(
    ("terms", "complaint"),
    [
        ([{"standard": "玉米", "aliases": ["苞米"]}, {"standard": "高粱", "aliases": ["苞米"]}], "mark all but one"),
        (
            [{"standard": "玉米", "aliases": ["苞米 north"]}, {"standard": "高粱", "aliases": ["苞米 north"]}],
            "same region",
        ),
        ([{"standard": "玉米", "aliases": ["苞米", "苞米"]}], "stands there twice"),
        ([{"standard": "玉米", "aliases": ["玉米"]}], "stands there twice"),
        ([{"standard": "玉米"}, {"standard": "玉米"}], "defined twice"),
        ([{"standard": "玉米"}, {"standard": "玉米", "kind": "problem"}], "standard term of crop and problem"),
        ([{"standard": "玉米", "aliases": ["番麥"]}], "plain simplified form"),
        ([{"standard": "玉米螟", "kind": "problem", "of": "玉米"}], "there is no 玉米"),
        (
            [{"standard": "玉米", "sound_alikes": ["玉谜"]}, {"standard": "高粱", "aliases": ["玉谜"]}],
            "word of its own",
        ),
        (
            [{"standard": "玉米", "sound_alikes": ["玉谜"]}, {"standard": "高粱", "sound_alikes": ["玉谜"]}],
            "belongs to",
        ),
        ([{"standard": "玉米", "sound_alikes": ["一米"]}], "change a numeral"),
        ([{"standard": "四季豆", "aliases": [{"text": "三季豆", "normalise": True}]}], "change a numeral"),
        (
            [{"standard": "玉米"}, {"standard": "高粱", "aliases": [{"text": "玉米", "usual": True}]}],
            "would itself be replaced",
        ),
    ],
)
def test_planted_faults_are_found(terms: list[object], complaint: str) -> None:
    problems = planted(*terms)
    assert any(complaint in problem for problem in problems), problems


def test_a_lost_negation_is_found() -> None:
    assert any("negation" in p for p in planted({"standard": "要", "aliases": ["不消"]}, kind="wording"))


def test_a_pointless_keep_is_found() -> None:
    assert any("needs no keeping" in p for p in planted({"standard": "玉米", "aliases": ["苞米"]}, keep=("豆腐",)))
    assert planted({"standard": "玉米", "aliases": ["苞米"]}, keep=("苞米花",)) == []


def test_marked_meanings_are_in_order() -> None:
    assert planted({"standard": "水稻", "aliases": ["谷子 south"]}, {"standard": "谷子"}) == []
    assert planted({"standard": "甲虫", "aliases": [{"text": "小虫", "context": ["稻田"]}]}, {"standard": "小虫"}) == []


@pytest.mark.parametrize(
    "broken",
    [
        "kind: crop\nnormalise: true\nterms: [{standard: ''}]",
        "kind: crop\nnormalise: true\nterms: [{standard: 玉米, aliases: ['']}]",
        "kind: crop\nnormalise: true\nterms: [{standard: 玉米, aliases: [苞米 nowhere]}]",
        "kind: crop\nnormalise: true\nterms: [{standard: 玉米, colour: 黄}]",
        "kind: crops\nnormalise: true\nterms: []",
        "kind: crop\nterms: []",
        "- 玉米",
        "kind: [",
    ],
)
def test_a_file_against_the_schema_is_refused(tmp_path: Path, broken: str) -> None:
    (tmp_path / "county.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(WordsBroken, match=r"county\.yaml"):
        read(tmp_path / "county.yaml")


def test_the_checker_reports_a_file_against_the_schema(tmp_path: Path) -> None:
    (tmp_path / "county.yaml").write_text("- 玉米", encoding="utf-8")
    assert any("county.yaml" in problem for problem in check(tmp_path))


def test_a_county_adds_its_own_words(tmp_path: Path) -> None:
    data = {
        "kind": "crop",
        "normalise": True,
        "terms": [{"standard": "玉米", "aliases": ["金棒棒"]}, {"standard": "雪莲果"}],
    }
    (tmp_path / "county.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    assert check(tmp_path) == []
    words = Words.load(tmp_path)
    assert Normaliser(words).normalise("金棒棒和苞米") == "玉米和玉米"
    assert words.term("雪莲果") is not None
    assert Words.load().term("雪莲果") is None


def test_scant_training_data_is_found(tmp_path: Path) -> None:
    (tmp_path / "price.yaml").write_text("intent: price\nexamples: {south: [几钱], mars: [几钱]}", encoding="utf-8")
    problems = check(training=tmp_path)
    assert "price.yaml has 2 examples, at least 60 are needed" in problems
    assert "price.yaml has examples from fewer than 6 regions" in problems
    assert "price.yaml: mars is not a region" in problems
    assert "weather.yaml is missing" in problems


def test_the_region_of_a_place(words: Words) -> None:
    assert words.region_of("510000") == "southwest"
    assert words.region_of("510107001001") == "southwest"
    assert words.region_of("990000") is None


def test_surfaces(words: Words) -> None:
    assert ("苞谷", "crop") in set(words.surfaces("crop"))
    kinds = {kind for _, kind in words.surfaces()}
    assert {"crop", "problem", "place"} <= kinds
    assert not {"wording", "unit"} & kinds
