"""Short answers in words: what is said of an answer, and which of the offered choices is meant."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).parent / "short_answers.yaml"


class ShortAnswers(BaseModel):
    """The words, from short_answers.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdicts: dict[str, tuple[str, ...]]
    none_of_these: frozenset[str]
    places: tuple[frozenset[str], ...]
    agree: frozenset[str]
    deny: frozenset[str]
    beside_a_crop: str

    def verdict(self, text: str) -> str | None:
        """`useful`, `unclear` or `wrong`, where the words say so."""
        return next((name for name, words in self.verdicts.items() if any(w in text for w in words)), None)

    def chosen(self, text: str, offered: Mapping[str, str], *, asked: bool) -> str | None:
        """The id of the choice that is meant. `offered`: ids by label; `asked`: they answer an ask-back."""
        bare = _bare(text)
        by_label = {_bare(label): choice for label, choice in offered.items()}
        if bare in by_label or not asked or not offered:
            return by_label.get(bare)
        if bare in self.none_of_these:
            return "other"
        place = next((number for number, words in enumerate(self.places) if bare in words), len(offered))
        return list(offered.values())[place] if place < len(offered) else None

    def agrees(self, text: str) -> bool:
        """Whether the words say yes and nothing else."""
        return _bare(text) in self.agree

    def denies(self, text: str) -> bool:
        """Whether the words say no and nothing else."""
        return _bare(text) in self.deny

    @property
    def phrases(self) -> tuple[str, ...]:
        """All the ways to say yes, no, which one and none of them."""
        places = (word for words in self.places for word in sorted(words))
        said = (*sorted(self.agree), *sorted(self.deny), *sorted(self.none_of_these), *places)
        return tuple(word for word in said if not word.isdigit())

    def only_names(self, crop: str, normalized: str) -> bool:
        """Whether a sentence says nothing but the crop: 那玉米呢？ 我种的是番茄。"""
        return not set(_bare(normalized.replace(crop, "", 1))) - set(self.beside_a_crop)


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


@cache
def short_answers() -> ShortAnswers:
    """The shipped words."""
    return ShortAnswers.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
