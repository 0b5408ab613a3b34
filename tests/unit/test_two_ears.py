"""The grammar of the second ear, and how what both ears heard becomes one sentence."""

import json
from itertools import accumulate

import pytest

from nlu.speech.base import NoSpeech
from nlu.speech.grammar import Domain, Grammar
from nlu.speech.merge import Word, merged, spans, text_of
from nlu.speech.recogniser import Alternative, Segment
from nlu.speech.two_ears import limited, stretches, weighed
from nlu.speech.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    ["稻", "飞", "师", "老师", "打", "啥", "药", "打药", "三", "亩", "是", "的", "是的", "不", "红", "蜘蛛"]
)


def cut(text: str) -> list[str]:
    return [text] if text in {"稻飞虱", "打药"} else list(text)


def domain(*phrases: str, terms: tuple[str, ...] = ("稻飞虱", "红蜘蛛", "药", "12316")) -> Domain:
    return Domain(frozenset(terms), cut, lambda: phrases)


def words(line: str, sure: float = 1.0, pace: float = 0.3) -> tuple[Word, ...]:
    """Words parted by spaces, each character as long as the next; `word:0.5` is a less sure one."""
    named = [(text, float(share or sure)) for text, _, share in (one.partition(":") for one in line.split())]
    ends = list(accumulate(len(text) * pace for text, _ in named))
    return tuple(Word(text, end - len(text) * pace, end, share) for (text, share), end in zip(named, ends, strict=True))


def segment(line: str, score: float, start: float = 0.0) -> Segment:
    said = tuple(Word(w.text, w.start + start, w.end + start, 1.0) for w in words(line))
    return Segment((Alternative(text_of(said), score, said),), start, start + (said[-1].end if said else 1.0))


def test_a_grammar_has_every_term_and_every_phrase() -> None:
    grammar = Grammar.grown(domain("稻飞虱打啥药？打12次药"), VOCABULARY)
    assert grammar.entries == ("稻 飞 师", "红 蜘蛛", "稻 飞 师 打 啥 药", "打", "药")
    assert json.loads(grammar.json)[-1] == "[unk]"


def test_what_was_heard_by_its_sound_is_written_as_the_lexicon_has_it() -> None:
    grammar = Grammar.grown(domain(), VOCABULARY)
    heard = list(grammar.joined(words("稻 飞 师:0.4 打 药 红 蜘蛛")))
    assert [word.text for word in heard] == ["稻飞虱", "打", "药", "红蜘蛛"]
    assert (heard[0].start, heard[0].confidence) == (0, 0.4)
    assert heard[0].end == pytest.approx(0.9)
    assert [word.text for word in grammar.joined(words("稻 飞 打"))] == ["稻", "飞", "打"]


def test_spans_are_cut_where_both_ears_end_a_word() -> None:
    cut_up = list(spans(words("道 飞 吸 打 要 不"), words("稻飞虱 打药 不")))
    assert [(text_of(span.open), text_of(span.grammar)) for span in cut_up] == [
        ("道飞吸", "稻飞虱"),
        ("打要", "打药"),
        ("不", "不"),
    ]


@pytest.mark.parametrize(("by_open", "by_grammar"), [("", "稻 飞"), ("稻 飞", ""), ("", "")])
def test_spans_of_an_ear_that_heard_nothing(by_open: str, by_grammar: str) -> None:
    found = list(spans(words(by_open), words(by_grammar)))
    assert "".join(text_of(span.open) + text_of(span.grammar) for span in found) == "稻飞" * bool(found)


TERMS = {"稻飞虱", "白穗", "鸡瘟"}


@pytest.mark.parametrize(
    ("by_open", "by_grammar", "likelier", "meant"),
    [
        # farm talk: the grammar is likelier as a whole, and sure
        ("道 飞 吸 打:0.6 要:0.5", "稻飞虱 打药", 3, "稻飞虱打药"),
        # everyday talk: the grammar makes farm words of it, and is not believed
        ("你好 世界", "泥 蒿:0.6 柿 子:0.7", -8, "你好世界"),
        # a term within everyday talk
        ("我 是:0.9 本:0.4 季:0.3 稳:0.3", "沃 石:0.4 本:0.4 鸡瘟", -2, "我是本鸡瘟"),
        # the grammar is likelier but did not get one word, which dictation is sure of
        ("百 岁 一片", "白穗 翼:0.3 片:0.4", 2, "白穗一片"),
        # what was not understood is left to dictation
        ("道 飞 吸 多", "稻飞虱 [unk]", 1, "稻飞虱多"),
    ],
)
def test_the_better_ear_is_believed_stretch_by_stretch(
    by_open: str, by_grammar: str, likelier: float, meant: str
) -> None:
    assert merged(words(by_open), words(by_grammar), likelier, TERMS) == meant


def test_stretches_end_where_both_pause() -> None:
    one, two = segment("稻 飞", 40), segment("打 药", 40, start=2)
    whole = segment("稻 飞 打 药", 90)
    assert [len(part.open) for part in stretches((one, two), (one, two))] == [1, 1]
    assert [(len(part.open), len(part.grammar)) for part in stretches((one, two), (whole,))] == [(2, 1)]
    assert [(len(part.open), len(part.grammar)) for part in stretches((one,), ())] == [(1, 0)]


def test_the_merged_reading_comes_first_and_shares_add_up() -> None:
    grammar = Grammar.grown(domain(), VOCABULARY)
    found = weighed((segment("道 飞 吸", 60),), (segment("稻 飞 师", 65),), grammar, 5)
    assert [reading.text for reading in found] == ["稻飞虱", "道飞吸"]
    assert sum(reading.confidence for reading in found) == pytest.approx(1)
    everyday = weighed((segment("你 好 吗", 60),), (segment("稻 飞 师", 40),), grammar, 5)
    assert everyday[0].text == "你好吗"


def test_noise_is_not_made_farm_talk() -> None:
    grammar = Grammar.grown(domain(), VOCABULARY)
    with pytest.raises(NoSpeech):
        weighed((segment("嗯 啊", 20),), (segment("稻 飞 师", 80),), grammar, 5)


@pytest.mark.parametrize(
    ("heard", "score", "answer"),
    [
        ("三 亩", 50, "三亩"),
        ("是的", 48, "是的"),
        ("是的 是的", 48, "是的"),
        ("是的", 40, None),  # dictation makes something much likelier of it
        ("[unk]", 50, None),
        ("三 [unk]", 50, None),
        ("", 50, None),
    ],
)
def test_an_expected_phrase(heard: str, score: float, answer: str | None) -> None:
    phrases = Grammar.limited(["三", "亩", "是的", "三亩", "NPK"], VOCABULARY)
    found = limited((segment("山 姆", 48),), (segment(heard, score),), phrases)
    assert (found.text if found else None) == answer
    assert found is None or 0 < found.confidence <= 1
