"""The channel's own words, read from texts.yaml and checked."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.channels.preferences import VoiceMode
from dialogs.messages import Source

PATH = Path(__file__).with_name("texts.yaml")


def _with(*places: str) -> AfterValidator:
    """A check that a text keeps the places that are filled in."""

    def check(text: str) -> str:
        missing = [place for place in places if "{" + place + "}" not in text]
        if missing:
            raise ValueError(f"missing: {missing}")
        return text

    return AfterValidator(check)


Text = Annotated[str, Field(min_length=1, max_length=4096)]
Labelled = Annotated[Text, _with("label")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Command(_Model):
    """An entry of the command menu; without `says`, the channel itself answers it."""

    menu: Annotated[str, Field(min_length=1, max_length=256)]
    says: str | None = None


class SettingsTexts(_Model):
    """The settings page."""

    text: Text
    modes: dict[VoiceMode, Text]
    chosen: Labelled
    done: Annotated[str, Field(min_length=1, max_length=200)]


class Unread(_Model):
    """What is said about things that cannot be read."""

    picture: Text
    video: Text
    video_note: Text
    document: Text
    other: Text


class Texts(_Model):
    """All of texts.yaml."""

    welcome: Text
    commands: dict[Annotated[str, Field(pattern="^[a-z0-9_]{1,32}$")], Command]
    heard: Annotated[Text, _with("text")]
    detail: Text
    source: Annotated[Text, _with("publisher", "title", "article", "date")]
    date: Annotated[Text, _with("year", "month", "day")]
    pressed: Labelled
    already: Annotated[str, Field(min_length=1, max_length=200)]
    settings: SettingsTexts
    unread: Unread
    too_big: Text
    not_fetched: Text
    trouble: Text
    too_fast: Text
    private_only: Text

    @classmethod
    def load(cls, path: Path = PATH) -> "Texts":
        """Read and check the file. Raises `OSError`, `yaml.YAMLError`, `pydantic.ValidationError`."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def day(self, day: dt.date) -> str:
        """A date as people write it."""
        return self.date.format(year=day.year, month=day.month, day=day.day)

    def source_line(self, source: Source) -> str:
        """Where an answer comes from, in one line; the address, where there is one, in a second."""
        line = self.source.format(
            publisher=source.publisher, title=source.title, article=source.article or "", date=self.day(source.date)
        )
        return f"{line}\n{source.url}" if source.url else line
