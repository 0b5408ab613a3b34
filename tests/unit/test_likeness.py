"""Which questions are put together: what means the same, in any order, and nothing by small steps."""

import random
import time

import pytest

from dialogs.analysis import QuestionReader, TextAnalyzer
from dialogs.crops import Crops
from knowledge_base.curation.likeness import Likeness, grouped
from nlu.entities import EntityFinder
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words

COMMON = ["玉米叶子发黄怎么办", "小麦倒伏了咋办", "猪拉稀咋办", "种地补贴怎么领", "水稻打什么药", "苹果烂果怎么治"]


@pytest.fixture(scope="module")
def reader(words: Words, segmenter: Segmenter) -> QuestionReader:
    return QuestionReader(TextAnalyzer(Normaliser(words), segmenter), EntityFinder(words), Crops(words))


@pytest.fixture
def likeness(reader: QuestionReader) -> Likeness:
    return Likeness(reader, lambda: COMMON)


def groups_of(likeness: Likeness, texts: list[str]) -> list[set[str]]:
    return [{texts[n] for n in group} for group in grouped([likeness.features(text)[1] for text in texts])]


def test_other_words_for_the_same_thing_are_put_together(likeness: Likeness) -> None:
    same = {"无花果掉果咋整", "无花果老是掉果", "我家无花果掉果厉害怎么办"}
    other = {"光伏板占了耕地谁管", "村里光伏板占耕地归谁管"}
    texts = sorted(same | other, key=lambda text: text[-1])
    assert sorted(groups_of(likeness, texts), key=len) == [other, same]


def test_what_only_shares_how_it_is_asked_is_not(likeness: Likeness) -> None:
    texts = ["无花果掉果怎么办", "光伏板占地怎么办", "水泵不转怎么办"]
    assert len(groups_of(likeness, texts)) == 3


def test_the_crops_are_named_beside_what_is_compared(likeness: Likeness) -> None:
    maize, about_maize = likeness.features("玉米倒伏了")
    wheat, about_wheat = likeness.features("小麦倒伏了")
    assert (maize, wheat) == ({"玉米"}, {"小麦"})
    assert about_maize == about_wheat


def test_a_text_that_says_nothing_stays_alone(likeness: Likeness) -> None:
    assert likeness.features("，，")[1] == {}
    assert grouped([{}, {}, {"a": 1.0}]) == [[0], [1], [2]]
    assert grouped([]) == []


def test_no_chain_of_small_steps_joins_what_has_nothing_in_common() -> None:
    chain = [{f"t{n}": 0.7, f"t{n + 1}": 0.7} for n in range(12)]
    found = grouped(chain, alike=0.4)
    assert max(max(group) - min(group) for group in found) <= 2
    assert sorted(position for group in found for position in group) == list(range(12))


def test_the_order_of_equal_groups_is_always_the_same() -> None:
    shuffled = random.Random(7)
    vectors = [{f"t{shuffled.randrange(40)}": 0.6, f"u{shuffled.randrange(40)}": 0.8} for _ in range(300)]
    assert grouped(vectors) == grouped(list(vectors))


def test_ten_thousand_are_grouped_in_seconds() -> None:
    chance = random.Random(1)
    vectors = [{f"t{int(chance.paretovariate(0.6)) % 3000}": 0.25 for _ in range(16)} for _ in range(10_000)]
    started = time.process_time()
    found = grouped(vectors)
    assert time.process_time() - started < 20  # about 2 s; the machine may be busy
    assert sum(map(len, found)) == 10_000
