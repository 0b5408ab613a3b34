"""An understander for tests: intents by words that stand in the sentence."""

from collections.abc import Mapping

from nlu.understanding import Parse, Understander, UnderstanderDown

WORDS: Mapping[str, tuple[str, ...]] = {
    "price": ("多少钱", "价"),
    "weather": ("天气", "下雨"),
    "person": ("找人", "农技员"),
    "smalltalk": ("你好", "谢谢"),
    "help": ("怎么用",),
    "feedback": ("有用", "不对", "没懂"),
    "out_of_scope": ("写诗", "股票"),
    "book_machinery": ("收割机",),
}


class WordUnderstander:
    """Reads by `WORDS`; everything else is about agronomy. `down` makes it fail."""

    name = "words"

    def __init__(self) -> None:
        self.down = False
        self.instead: Understander | None = None
        """One that answers in its place."""
        self.asked: list[str] = []

    async def parse(self, normalized: str) -> Parse:
        """The intent whose word stands in the sentence, surely; else agronomy, less surely."""
        if self.down:
            raise UnderstanderDown
        self.asked.append(normalized)
        if self.instead:
            return await self.instead.parse(normalized)
        intent = next((i for i, words in WORDS.items() if any(w in normalized for w in words)), None)
        chosen, confidence = (intent, 0.9) if intent else ("agronomy", 0.6)
        return Parse(chosen, confidence, ((chosen, confidence), ("policy", 1 - confidence)), (), self.name)
