"""Words that a speech model knows, and how what it does not know is spelled with them."""

import struct
from pathlib import Path

import pytest

from nlu.speech.vocabulary import Vocabulary, VocabularyUnreadable, symbols

WORDS = [
    "稻",
    "飞",
    "师",
    "失",
    "失望",
    "老师",
    "诗",
    "病",
    "红",
    "蜘蛛",
    "复",
    "合肥",
    "复合",
    "肥",
    "草地",
    "贪",
    "夜",
    "额",
    "额头",
]


def text(word: str) -> bytes:
    data = word.encode()
    return struct.pack("<i", len(data)) + data


def graph(words: list[str]) -> bytes:
    """The beginning of an OpenFst file with a symbol table, as OpenFst writes it."""
    table = b"".join(text(word) + struct.pack("<q", number) for number, word in enumerate(words))
    magic = struct.pack("<i", 2125658996)
    return b"\xd6\xfd\xb2\x7e" + text("ngram") + magic + text("words.txt") + struct.pack("<qq", 9, len(words)) + table


def model(folder: Path, words: list[str]) -> Path:
    (folder / "graph").mkdir(parents=True)
    (folder / "graph" / "Gr.fst").write_bytes(graph(words) + b"\x00" * 100_000)
    return folder


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        ("病", "病"),
        ("红蜘蛛", "红 蜘蛛"),
        ("复合肥", "复合 肥"),  # not 复 合肥: of two ways with as many pieces either will do, the same each time
        ("稻飞虱", "稻 飞 师"),  # of the characters with that sound and tone, the one with the most words
        ("草地贪夜蛾", "草地 贪 夜 额"),
        ("飞蛾", "飞 额"),
        ("稻12", None),
        ("NPK", None),
        ("", None),
        ("稻瓢", None),  # nothing sounds like it
    ],
)
def test_words_are_spelled_in_the_vocabulary(said: str, pieces: str | None) -> None:
    spelling = Vocabulary(WORDS).spell(said)
    if pieces is None:
        assert spelling is None
    else:
        assert spelling is not None
        assert spelling.pieces in {tuple(pieces.split()), ("复", "合肥")}
        assert spelling.exact == ("".join(spelling.pieces) == said)


def test_another_tone_is_better_than_nothing() -> None:
    spelling = Vocabulary(["飞", "鹅"]).spell("饿飞")
    assert spelling is not None
    assert spelling.pieces == ("鹅", "飞")


def test_the_words_are_read_from_the_graph_and_kept(tmp_path: Path) -> None:
    folder = model(tmp_path / "model", ["<eps>", "!SIL", "[unk]", "稻", "蜘蛛", "#0", "<s>"])
    cache = tmp_path / "cache"
    assert Vocabulary.read(folder, cache).words == {"稻", "蜘蛛"}
    (kept,) = cache.iterdir()
    kept.write_text("稻\n飞\n", encoding="utf-8")
    assert Vocabulary.read(folder, cache).words == {"稻", "飞"}
    other = model(tmp_path / "other", ["<eps>", "麦"])
    assert Vocabulary.read(other, cache).words == {"麦"}


def test_a_list_of_words_beside_the_graph_is_taken(tmp_path: Path) -> None:
    folder = model(tmp_path, ["稻"])
    (folder / "graph" / "words.txt").write_text("<eps> 0\n麦 1\n[unk] 2\n", encoding="utf-8")
    assert Vocabulary.read(folder).words == {"麦"}


@pytest.mark.parametrize("data", [b"", b"no table at all", graph(["稻"] * 9)[:-20], graph(["稻"])[:-9] + b"\xff" * 9])
def test_what_is_no_graph_is_told(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(VocabularyUnreadable):
        list(symbols(data))
    with pytest.raises(VocabularyUnreadable):
        Vocabulary.read(tmp_path)
