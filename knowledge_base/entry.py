"""A curated answer, and how one is read from the content files."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

CONTENT = Path(__file__).parent / "content"
SPOKEN_MAX = 120
"""Longest spoken answer, in characters: about half a minute read aloud."""

Line = Annotated[str, Field(min_length=1, max_length=200)]


class ContentError(Exception):
    """A content file is not what it should be; the message names file, entry and fault."""


class Kind(StrEnum):
    """What sort of matter an entry is about."""

    AGRONOMY = "agronomy"
    LIVESTOCK = "livestock"
    POLICY = "policy"
    LEGAL = "legal"
    DISASTER = "disaster"
    SERVICE = "service"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where an answer comes from: a law with its article, a technical plan, a public notice."""

    title: Line
    publisher: Line
    date: date
    article: Line | None = None
    url: str | None = Field(None, pattern=r"^https://")


class Answer(_Strict):
    """The full answer, in short steps."""

    recognise: tuple[Line, ...] = Field(min_length=1)
    do_now: tuple[Line, ...] = Field(min_length=1)
    avoid: tuple[Line, ...] = Field(min_length=1)
    ask_person: tuple[Line, ...] = Field(min_length=1)

    def steps(self) -> Iterator[str]:
        """Every step, in reading order."""
        yield from (*self.recognise, *self.do_now, *self.avoid, *self.ask_person)


class SecondReading(_Strict):
    """That somebody other than the writer has read the entry against its source."""

    by: Line
    date: date
    against: Annotated[str, Field(min_length=1, max_length=400)]
    note: str | None = None


class Entry(_Strict):
    """One curated answer. `spoken` is read aloud; `sample` marks content to be reviewed by the county before use."""

    key: str = Field(pattern=r"^[a-z]+\.[a-z0-9_]+$")
    title: Line
    kind: Kind
    crop: str | None = None
    also_crops: tuple[str, ...] = ()
    """Further crops or animals that it is right for; with none at all it is about no crop in particular."""
    problem: str | None = None
    aliases: tuple[Line, ...] = ()
    symptoms: tuple[Line, ...] = ()
    regions: tuple[Annotated[str, Field(pattern=r"^\d{2}$")], ...] = ()
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    asks: tuple[Line, ...] = Field(min_length=5)
    spoken: str = Field(min_length=1, max_length=SPOKEN_MAX)
    answer: Answer
    sources: tuple[Source, ...] = Field(min_length=1)
    valid_until: date | None = None
    follow_ups: tuple[str, ...] = Field(default=(), max_length=3)
    sample: Literal[True, False]
    written_by: Line
    second_reading: SecondReading | None = None
    needs_review: str | None = None

    @property
    def crops(self) -> frozenset[str]:
        """Every crop or animal that it is right for; empty: it is about none in particular."""
        return frozenset((*((self.crop,) if self.crop else ()), *self.also_crops))

    def texts(self) -> Iterator[str]:
        """Everything a farmer may be told from this entry."""
        yield self.title
        yield self.spoken
        yield from self.answer.steps()

    def expired(self, today: date) -> bool:
        """Whether the entry may no longer be given as current."""
        return self.valid_until is not None and today > self.valid_until


# The C loader is ten times faster and just as safe; not every build of PyYAML has it.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SAFE_LOADER):  # type: ignore[misc]
    """Refuses a mapping that names one key twice: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise ContentError(f"line {key_node.start_mark.line + 1}: {key} stands twice")
            seen.add(key)
        mapping: dict[object, object] = super().construct_mapping(node, deep)
        return mapping


def read_file(path: Path) -> list[Entry]:
    """The entries of one content file. Raises `ContentError`."""
    try:
        rows = yaml.load(path.read_text("utf-8"), _UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ContentError, UnicodeDecodeError) as fault:
        raise ContentError(f"{path.name}: {fault}") from None
    if not isinstance(rows, list):
        raise ContentError(f"{path.name}: a list of entries is expected")
    entries = []
    for row in rows:
        try:
            entries.append(Entry.model_validate(row))
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            key = row.get("key", "?") if isinstance(row, dict) else "?"
            raise ContentError(f"{path.name}: {key}: {where}: {first['msg']}") from None
    return entries


def read_content(folder: Path = CONTENT) -> list[Entry]:
    """Every entry of a content folder, in file order. Raises `ContentError`, also for a key that stands twice."""
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        for entry in read_file(path):
            if entry.key in entries:
                raise ContentError(f"{path.name}: {entry.key} stands twice")
            entries[entry.key] = entry
    return list(entries.values())


def read_subjects() -> dict[str, str]:
    """Every subject key that the knowledge base is to answer, with its standard name."""
    subjects: dict[str, str] = yaml.safe_load((Path(__file__).parent / "subjects.yaml").read_text("utf-8"))
    return subjects
