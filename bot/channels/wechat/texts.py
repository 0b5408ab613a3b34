"""The channel's own words, read from texts.yaml and checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.channels.preferences import VoiceMode
from bot.channels.texts import SourceTexts, with_places

PATH = Path(__file__).with_name("texts.yaml")
ROWS, ENTRIES = 3, 5


Text = Annotated[str, Field(min_length=1, max_length=600)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Model):
    """An entry of the menu that does something: says, opens the settings, or opens a page."""

    name: Annotated[str, Field(min_length=1, max_length=8)]
    key: Annotated[str, Field(pattern="^[a-z]{0,32}$")] = ""
    says: str | None = None
    settings: bool = False
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Entry":
        if sum((self.says is not None, self.settings, self.url is not None)) != 1 or (not self.url and not self.key):
            raise ValueError("an entry has one of says, settings and url, and a key unless it has a url")
        return self

    def button(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"name": self.name} | (
            {"type": "view", "url": self.url} if self.url else {"type": "click", "key": self.key}
        )


class Row(_Model):
    """An entry of the menu's first row."""

    name: Annotated[str, Field(min_length=1, max_length=5)]
    below: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=ENTRIES)]


class SettingsTexts(_Model):
    """The settings of the voice."""

    text: Annotated[Text, with_places("mode")]
    modes: dict[VoiceMode, Text]
    done: Annotated[Text, with_places("label")]


class Unread(_Model):
    """What is said about things that cannot be read."""

    picture: Text
    video: Text
    link: Text
    other: Text


class Texts(SourceTexts):
    """All of texts.yaml."""

    welcome: Text
    begins: Text
    menu: Annotated[tuple[Row, ...], Field(max_length=ROWS)]
    heard: Annotated[Text, with_places("text")]
    detail: Annotated[str, Field(min_length=1, max_length=20)]
    detail_gone: Text
    numbered: Text
    number: Annotated[Text, with_places("number", "label")]
    said: Annotated[Text, with_places("labels")]
    between: Text
    touch: Text
    settings: SettingsTexts
    unread: Unread
    too_big: Text
    not_fetched: Text
    trouble: Text
    too_fast: Text
    template_hint: Annotated[str, Field(min_length=1, max_length=20)]

    @classmethod
    def load(cls, path: Path = PATH) -> "Texts":
        """Read and check the file. Raises `OSError`, `yaml.YAMLError`, `pydantic.ValidationError`."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def entry(self, key: str) -> Entry | None:
        """The entry of the menu with that key."""
        return next((entry for entry in self._entries() if entry.key and entry.key == key), None)

    def _entries(self) -> Iterator[Entry]:
        return (entry for row in self.menu for entry in row.below)
