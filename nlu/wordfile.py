"""The schema of the language files.

Every language file (`nlu/lexicon/*.yaml`, `nlu/text/dialect.yaml`, a county's own folder) has the schema of `WordFile`.
An alias is written short as `苞谷 southwest northwest` (the word, then the regions where it is said) or as a mapping
with the fields of `Spelling`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from nlu.datafile import read_data

Region = Literal["standard", "northeast", "north", "northwest", "southwest", "central", "jiangnan", "south"]
REGIONS: tuple[Region, ...] = get_args(Region)

Kind = Literal[
    "crop", "livestock", "product", "problem", "symptom", "hazard", "pesticide", "fertiliser", "machine",
    "service", "work", "policy", "legal", "affair", "place", "unit", "wording",
]  # fmt: skip
ENTITY_KINDS: frozenset[Kind] = frozenset(get_args(Kind)) - {"unit", "wording"}

HAN_NUMERALS = "零〇一二三四五六七八九十百千万亿两俩仨半壹贰叁肆伍陆柒捌玖拾佰仟"


class WordsBroken(Exception):
    """A language data file does not follow its schema."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spelling(_Data):
    """One way to say a term, and when it means that term."""

    text: str = Field(min_length=1)
    regions: tuple[Region, ...] = ()
    """Where it is said. It decides only between two meanings; a word with one meaning is understood everywhere."""
    context: tuple[str, ...] = ()
    """Words that speak for this meaning when one of them is in the sentence. Without one of them it does not mean
    this term if it has no other meaning here, if it is `strict`, or if it names no `regions`."""
    strict: bool = False
    """It means this term in `regions` and nowhere else."""
    usual: bool = False
    """The meaning to take where neither region nor context decides."""
    normalise: bool | None = None
    """Whether the standard term replaces it. Unset: as the file says, but never a single character or a numeral."""
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    at_end: bool = False
    """Only before a punctuation mark or the end."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            text, *regions = value.split() or [""]
            return {"text": text, "regions": tuple(regions)}
        return value

    @field_validator("regions", mode="before")
    @classmethod
    def _spaced(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value


class Term(_Data):
    """A standard term and what people say for it; `sound_alikes` are what a recogniser tends to write for it."""

    standard: str = Field(min_length=1)
    kind: Kind
    aliases: tuple[Spelling, ...] = ()
    """Other names of the same thing."""
    narrower: tuple[Spelling, ...] = ()
    """Sorts and parts of it, and loose ways to mention it: recognised as the term, never replaced by it."""
    sound_alikes: tuple[Spelling, ...] = ()
    before: Mapping[Literal["crop", "livestock"], tuple[Spelling, ...]] = {}
    """Verbs that mean it right before a crop or an animal: 收 before 麦子 is 收割."""
    of: str | None = None
    """The crop or animal it belongs to, where there is only one: 稻瘟病 of 水稻."""
    code: str | None = Field(None, pattern=r"^\d{6}$")
    """Administrative code of a place."""
    region: Region | None = None
    """Dialect region of a place."""


class WordFile(_Data):
    """One file of language data."""

    kind: Kind
    normalise: bool
    """Whether aliases are replaced by the standard term before understanding; if not, they are only recognised."""
    keep: tuple[str, ...] = ()
    """Ordinary words that contain an alias and must be left alone."""
    terms: tuple[Term, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _kind_of_terms(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        terms = [{"kind": value.get("kind")} | term for term in value.get("terms") or () if isinstance(term, dict)]
        return value | {"terms": terms}


def read(path: Path) -> WordFile:
    """Read one file. Raises `WordsBroken`, which names the file and what is wrong in it."""
    return read_data(path, WordFile, WordsBroken)
