"""What is said about prices, from say.yaml."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("say.yaml")


class MoneyWords(BaseModel):
    """The units of money as they are said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    yuan: str
    jiao: str
    fen: str
    two: str
    zero: str


class PriceWords(BaseModel):
    """The words. `say` are texts with `{names}` to fill in; of `spoken` those that are read aloud otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    money: MoneyWords
    say: dict[str, str]
    spoken: dict[str, str]
    buttons: dict[str, str]
    levels: dict[int, str]

    def text(self, key: str, **values: str) -> str:
        """A text as it is shown."""
        return self.say[key].format(**values)

    def aloud(self, key: str, **values: str) -> str:
        """The same as it is read aloud."""
        return self.spoken.get(key, self.say[key]).format(**values)


@cache
def price_words() -> PriceWords:
    """The shipped words."""
    return PriceWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
