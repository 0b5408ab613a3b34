import asyncio
import threading

import pytest

from nlu.builtin import BuiltinUnderstander
from nlu.training_data import Example, Segment

SENTENCES = {
    "agronomy": ("玉米叶子发黄怎么办", "水稻生虫打什么药", "小麦倒伏了怎么办"),
    "price": ("玉米多少钱一斤", "小麦今天什么价", "棉花收购价多少"),
    "weather": ("明天下雨不", "今天天气怎么样", "后天刮大风吗"),
}
EXAMPLES = [Example(i, "standard", (Segment(s, None),)) for i, sentences in SENTENCES.items() for s in sentences]


async def test_it_understands_without_entities() -> None:
    parse = await BuiltinUnderstander(lambda: EXAMPLES).parse("棉花生虫打什么药")
    assert (parse.intent, parse.entities, parse.by) == ("agronomy", (), "builtin")
    assert parse.ranking[0] == (parse.intent, parse.confidence)
    assert sum(confidence for _, confidence in parse.ranking) == pytest.approx(1)
    assert parse.confidence > 0.5


@pytest.mark.parametrize("text", ["", "😀", "\ud800", "喂" * 10_000])
async def test_what_it_never_saw_gets_a_low_confidence(text: str) -> None:
    assert (await BuiltinUnderstander(lambda: EXAMPLES).parse(text)).confidence < 0.5


async def test_it_trains_once_when_first_needed_and_off_the_event_loop() -> None:
    read_in: list[int] = []

    def read() -> list[Example]:
        read_in.append(threading.get_ident())
        return EXAMPLES

    builtin = BuiltinUnderstander(read)
    assert read_in == []
    parses = await asyncio.gather(*(builtin.parse("明天下雨吗") for _ in range(5)))
    assert {parse.intent for parse in parses} == {"weather"}
    assert len(read_in) == 1
    assert read_in[0] != threading.get_ident()
