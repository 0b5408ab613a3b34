"""Tokens of answers' lines come out of the file as they went in, and only where nothing has changed that makes them."""

from pathlib import Path

import pytest

from bot.kept_tokens import KeptTokens
from dialogs.analysis import TextAnalyzer
from knowledge_base.search.base import Tokens
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words

LINES = ["苞谷叶子发黄咋办", "小麦几时打药", "，。"]


class Counted:
    """An analyzer that notes what it is asked."""

    def __init__(self, words: Words, segmenter: Segmenter) -> None:
        self.asked: list[str] = []
        self._analyze = TextAnalyzer(Normaliser(words), segmenter)

    def __call__(self, text: str) -> Tokens:
        self.asked.append(text)
        return self._analyze(text)


@pytest.fixture
def analyze(words: Words, segmenter: Segmenter) -> Counted:
    return Counted(words, segmenter)


def test_another_database_is_filled_without_cutting_again(analyze: Counted, tmp_path: Path) -> None:
    first = KeptTokens(analyze, tmp_path, ["words"])
    cut = [first(line) for line in LINES]
    first.close()
    assert analyze.asked == LINES
    second = KeptTokens(analyze, tmp_path, ["words"])
    assert [second(line) for line in LINES] == cut
    assert analyze.asked == LINES
    assert second("水稻倒伏") == analyze("水稻倒伏")
    second.close()
    assert second(LINES[0]) == cut[0]
    assert analyze.asked == [*LINES, "水稻倒伏", "水稻倒伏", LINES[0]], "closed, it only passes on"
    third = KeptTokens(analyze, tmp_path, ["words"])
    assert [third(line) for line in (*LINES, "水稻倒伏")] == [*cut, second("水稻倒伏")], "what came later is kept too"


def test_other_words_and_a_damaged_file_are_cut_anew(analyze: Counted, tmp_path: Path) -> None:
    first = KeptTokens(analyze, tmp_path, ["words"])
    first(LINES[0])
    first.close()
    other = KeptTokens(analyze, tmp_path, ["other words"])
    other(LINES[0])
    assert analyze.asked == [LINES[0]] * 2
    (file,) = tmp_path.glob("tokens-*")
    file.write_bytes(file.read_bytes()[:-2])
    again = KeptTokens(analyze, tmp_path, ["words"])
    again(LINES[0])
    assert analyze.asked == [LINES[0]] * 3


def test_where_nothing_is_asked_nothing_is_read_or_written(analyze: Counted, tmp_path: Path) -> None:
    KeptTokens(analyze, tmp_path / "cache", ["words"]).close()
    assert not (tmp_path / "cache").exists()
