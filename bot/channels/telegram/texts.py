"""The channel's own words, read from texts.yaml and checked."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.preferences import VoiceMode
from bot.channels.texts import SourceTexts, with_places

PATH = Path(__file__).with_name("texts.yaml")


Text = Annotated[str, Field(min_length=1, max_length=4096)]
Labelled = Annotated[Text, with_places("label")]


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


class Texts(SourceTexts):
    """All of texts.yaml."""

    welcome: Text
    commands: dict[Annotated[str, Field(pattern="^[a-z0-9_]{1,32}$")], Command]
    heard: Annotated[Text, with_places("text")]
    detail: Text
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
